import { z } from "zod";
import { Refusal, type Bag, type Cloud, type Problem } from "../../../contract";
import { arn, knownText, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";
import { alarmActions, alarmName, notEvaluated } from "./alarm-actions";
import { metricAlarmType } from "./metric-alarm";

const type = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const stateFunction = /\b(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*(?:"([^"]+)"|'([^']+)'|([^)\s]+))\s*\)/g;

export const compositeAlarm = stateKind({
  type,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    ...alarmActions,
    alarmName,
    alarmRule: z.string().min(1).max(10_240),
    actionsSuppressor: z
      .strictObject({
        alarm: z.string(),
        extensionPeriod: z.number().int().min(0),
        waitPeriod: z.number().int().min(0),
      })
      .optional(),
  }),
  defaults: () => ({ actionsEnabled: true }),
  refuse: ruleProblems,
  identify: (given) => given.alarmName,
  replaceOn: ["alarmName", "actionsEnabled"],
  admit: ({ alarmRule }, { id, cloud }) => requireAlarms(cloud, id, alarmRule),
  outputs: (given, { id, cloud }) => ({ arn: arn(cloud, "cloudwatch", `alarm:${id}`, regionOf(given, cloud)) }),
  describe: async () => notEvaluated,
});

/** The rule must be made of state functions, AND, OR, NOT, TRUE, FALSE and balanced parentheses. */
function ruleProblems(given: Bag): Problem[] {
  const rule = knownText(given, "alarmRule");
  if (rule === undefined) return [];
  const rest = rule.replace(stateFunction, " TRUE ");
  const words = rest.split(/[\s()]+/).filter((word) => word !== "");
  const alien = words.find((word) => !["AND", "OR", "NOT", "TRUE", "FALSE"].includes(word));
  if (alien !== undefined)
    return [
      {
        property: "alarmRule",
        reason: `"${alien}" is neither ALARM("name"), OK("name"), INSUFFICIENT_DATA("name") nor AND, OR, NOT, TRUE, FALSE`,
      },
    ];
  const depth = [...rest].reduce(
    (open, letter) => (open < 0 ? open : open + Number(letter === "(") - Number(letter === ")")),
    0,
  );
  return depth === 0 ? [] : [{ property: "alarmRule", reason: "its parentheses do not match" }];
}

function requireAlarms(cloud: Cloud, own: string, rule: string): void {
  for (const match of rule.matchAll(stateFunction)) {
    const name = (match[1] ?? match[2] ?? match[3] ?? "").replace(/^arn:.*:alarm:/, "");
    if (name !== own && (cloud.resource(metricAlarmType, name) || cloud.resource(type, name))) continue;
    throw new Refusal(
      "ValidationError",
      `alarmRule refers to the alarm '${name}', which does not exist; create it first`,
    );
  }
}
