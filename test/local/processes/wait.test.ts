import { GiveUp, waitFor } from "../../../local/processes/wait";

const soon = { what: "the thing", timeoutMs: 60, everyMs: 5 };

describe("waiting for a condition", () => {
  test("answers what the probe found, once it is there", async () => {
    let looks = 0;
    expect(await waitFor(soon, () => ((looks += 1) < 3 ? undefined : "found"))).toBe("found");
    expect(looks).toBe(3);
  });

  test("takes falsehood for not yet, but not zero or an empty text", async () => {
    expect(await waitFor<number>(soon, () => 0)).toBe(0);
    await expect(waitFor(soon, () => false)).rejects.toThrow("the thing was not ready after 60 ms");
  });

  test("says the last error and the explanation when the deadline passes", async () => {
    const refused = waitFor({ ...soon, explain: () => "; see log" }, () => Promise.reject(new Error("refused")));
    await expect(refused).rejects.toThrow("the thing was not ready after 60 ms; last error: refused; see log");
  });

  test("stops at once when a probe gives up", async () => {
    let looks = 0;
    const given = waitFor(soon, () => {
      looks += 1;
      throw new GiveUp("it has exited");
    });
    await expect(given).rejects.toThrow("it has exited");
    expect(looks).toBe(1);
  });

  test("stops when it is aborted, also while a probe hangs", async () => {
    const controller = new AbortController();
    const hanging = waitFor(
      { ...soon, timeoutMs: 60_000, signal: controller.signal },
      () => new Promise<true>(() => undefined),
    );
    controller.abort(new Error("cancelled"));
    await expect(hanging).rejects.toThrow("cancelled");
  });

  test("does not wait for ever for a probe that hangs", async () => {
    const hanging = waitFor(soon, () => new Promise<true>(() => undefined));
    await expect(hanging).rejects.toThrow("the thing was not ready after 60 ms; last error: no answer within 60 ms");
  });
});
