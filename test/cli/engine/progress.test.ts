import type { EngineEvent } from "@pulumi/pulumi/automation";
import { Progress } from "../../../cli/engine/progress";
import { Terminal } from "../../../cli/terminal/terminal";

const urn = "urn:pulumi:local::shop::shop:database:Database$aws:rds/instance:Instance::orders";
const event = (part: object) => ({ sequence: 0, timestamp: 0, ...part }) as EngineEvent;
const diagnostic = (severity: string, message: string, more: object = {}) =>
  event({ diagnosticEvent: { severity, message, ...more } });

describe("the lines of an update", () => {
  let printed: string;
  let progress: Progress;
  beforeEach(() => {
    printed = "";
    jest.spyOn(process.stderr, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    progress = new Progress(new Terminal(false), false);
  });
  afterEach(() => jest.restoreAllMocks());

  test("name the resource by its kind and name, and the properties that changed", () => {
    progress.handle(event({ resourcePreEvent: { metadata: { op: "update", urn } } }));
    progress.handle(
      event({ resOutputsEvent: { metadata: { op: "update", urn, detailedDiff: { multiAz: {}, "tags.a": {} } } } }),
    );
    expect(printed).toMatch(/~ rds Instance orders updated \[multiAz, tags\.a\]\n/);
  });

  test("are silent about what stays the same", () => {
    progress.handle(event({ resourcePreEvent: { metadata: { op: "same", urn } } }));
    progress.handle(event({ resOutputsEvent: { metadata: { op: "same", urn } } }));
    expect(printed).toBe("");
  });

  test("collect errors with the resource they are about, without the engine's colour marks", () => {
    progress.handle(diagnostic("error", "<{%fg 1%}>it broke<{%reset%}>\n", { urn }));
    progress.handle(diagnostic("error", "update failed"));
    progress.handle(diagnostic("warning", "mind this"));
    expect(progress.problems).toEqual(["rds Instance orders: it broke"]);
    expect(printed).toBe("  ! mind this\n");
  });

  test("say what failed", () => {
    progress.handle(event({ resOpFailedEvent: { metadata: { op: "create", urn } } }));
    expect(printed).toBe("  x rds Instance orders create failed\n");
  });
});
