import { z } from "zod";
import { arn, regional } from "../common";
import { stateKind } from "../state-kind";

const widget = z.looseObject({
  type: z.enum(["metric", "text", "log", "alarm", "explorer", "custom"]),
  x: z.number().int().min(0).max(23).optional(),
  y: z.number().int().min(0).optional(),
  width: z.number().int().min(1).max(24).optional(),
  height: z.number().int().min(1).max(1000).optional(),
  properties: z.record(z.string(), z.unknown()),
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const body = z.looseObject({
  start: z.string().optional(),
  end: z.string().optional(),
  periodOverride: z.enum(["auto", "inherit"]).optional(),
  widgets: z.array(widget).max(500, "has at most 500 widgets"),
});

const required: Readonly<Record<string, readonly string[]>> = {
  text: ["markdown"],
  log: ["query", "region"],
  alarm: ["alarms"],
  custom: ["endpoint"],
};

export const dashboard = stateKind({
  type: "aws:cloudwatch/dashboard:Dashboard",
  inputs: z.strictObject({
    ...regional,
    dashboardName: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, "may hold letters, digits, _ and - only, 255 at most"),
    dashboardBody: z.string().superRefine((text, context) => {
      for (const message of bodyProblems(text)) context.addIssue({ code: "custom", message });
    }),
  }),
  identify: ({ dashboardName }) => dashboardName,
  replaceOn: ["dashboardName"],
  outputs: (_given, { id, cloud }) => ({ dashboardArn: arn(cloud, "cloudwatch", `dashboard/${id}`, "") }),
});

function bodyProblems(text: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return [`InvalidParameterInput: is not JSON: ${error instanceof Error ? error.message : String(error)}`];
  }
  const parsed = body.safeParse(json);
  if (!parsed.success)
    return parsed.error.issues.map(
      (issue) => `InvalidParameterInput: ${issue.path.map(String).join(".")}: ${issue.message}`,
    );
  return parsed.data.widgets.flatMap(({ type, properties }, index) => {
    const missing = (required[type] ?? []).filter((property) => properties[property] === undefined);
    const empty = type === "metric" && properties.metrics === undefined && properties.annotations === undefined;
    return [...missing, ...(empty ? ["metrics"] : [])].map(
      (property) => `InvalidParameterInput: widgets.${index}.properties.${property}: a ${type} widget must have it`,
    );
  });
}
