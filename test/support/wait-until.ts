import { setTimeout as pause } from "node:timers/promises";

/** Polls until the condition holds; fails with the message after `withinMs`. */
export async function waitUntil(what: string, condition: () => Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(50);
  }
}
