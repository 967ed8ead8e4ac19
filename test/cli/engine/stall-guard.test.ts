import type { EngineEvent } from "@pulumi/pulumi/automation";
import { StallGuard } from "../../../cli/engine/stall-guard";

let guard: StallGuard;
beforeEach(() => {
  jest.useFakeTimers();
  guard = new StallGuard();
});
afterEach(() => {
  guard.end();
  jest.useRealTimers();
});

const event = (part: object) => ({ sequence: 0, timestamp: 0, ...part }) as EngineEvent;
const failed = event({ diagnosticEvent: { severity: "error", message: "no" } });
const begun = (urn: string) => event({ resourcePreEvent: { metadata: { urn, provider: "p" } } });
const done = (urn: string) => event({ resOutputsEvent: { metadata: { urn, provider: "p" } } });
const abortsWithin = (ms: number) => {
  jest.advanceTimersByTime(ms);
  return guard.signal.aborted;
};

describe("a run that can no longer finish", () => {
  test("is ended some seconds after an error when nothing else happens", () => {
    guard.observe(failed);
    expect(abortsWithin(2_900)).toBe(false);
    expect(abortsWithin(200)).toBe(true);
    expect(guard.interruptedBy).toBeUndefined();
  });

  test("is not ended without an error, however long it is quiet", () => {
    guard.observe(begun("a"));
    guard.observe(done("a"));
    expect(abortsWithin(3_600_000)).toBe(false);
  });

  test("is not ended while an operation is under way, but after that", () => {
    guard.observe(begun("a"));
    guard.observe(failed);
    expect(abortsWithin(60_000)).toBe(false);
    guard.observe(done("a"));
    expect(abortsWithin(3_100)).toBe(true);
  });

  test("has its seconds counted anew whenever something happens", () => {
    guard.observe(failed);
    jest.advanceTimersByTime(2_000);
    guard.observe(failed);
    expect(abortsWithin(2_000)).toBe(false);
  });

  test("is not ended any more once it is over", () => {
    guard.observe(failed);
    guard.end();
    expect(abortsWithin(60_000)).toBe(false);
  });

  test("ends at a signal, and tells which", () => {
    process.emit("SIGTERM", "SIGTERM");
    expect(guard.signal.aborted).toBe(true);
    expect(guard.interruptedBy).toBe("SIGTERM");
  });
});
