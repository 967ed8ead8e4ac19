import { setTimeout as delay } from "node:timers/promises";
import { Turns } from "../../../local/cloud/turns";

describe("turns", () => {
  test("work under one key happens in the order it came, one after the other", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const work = (name: string, ms: number) =>
      turns.take("a", async () => {
        seen.push(`${name} begins`);
        await delay(ms);
        seen.push(`${name} ends`);
        return name;
      });
    expect(await Promise.all([work("1", 20), work("2", 1), work("3", 1)])).toEqual(["1", "2", "3"]);
    expect(seen).toEqual(["1 begins", "1 ends", "2 begins", "2 ends", "3 begins", "3 ends"]);
  });

  test("work under another key does not wait", async () => {
    const turns = new Turns();
    let release = () => undefined as void;
    const held = turns.take("a", () => new Promise<void>((resolve) => (release = resolve)));
    expect(await turns.take("b", async () => "b")).toBe("b");
    release();
    await held;
  });

  test("failed work lets the next one in and fails its own caller alone", async () => {
    const turns = new Turns();
    const failed = turns.take("a", async () => Promise.reject(new Error("no")));
    const next = turns.take("a", async () => "next");
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("next");
  });
});
