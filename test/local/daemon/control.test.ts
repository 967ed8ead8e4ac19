import { mkdirSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { callControl } from "../../../local/daemon/control-client";
import { serveControl } from "../../../local/daemon/control-server";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("the control socket", () => {
  const directory = temporaryDirectory();
  let server: Server | undefined;
  afterEach(() => void server?.close());
  const serve = async (path: string) => {
    server = await serveControl(path, {
      echo: (body) => ({ got: body }),
      refuse: () => Promise.reject(new Error("there is no such thing")),
    });
    return path;
  };

  test("answers its routes, and passes on the words of a refusal", async () => {
    const socket = await serve(join(directory(), "s"));
    expect(await callControl(socket, "echo", { a: [1, null, "é"] })).toEqual({ got: { a: [1, null, "é"] } });
    await expect(callControl(socket, "refuse")).rejects.toThrow("there is no such thing");
    await expect(callControl(socket, "nothing")).rejects.toThrow("there is no control route '/nothing'");
  });

  test("can be opened by its owner alone", async () => {
    expect(statSync(await serve(join(directory(), "s"))).mode & 0o777).toBe(0o600);
  });

  test("takes the place of one that a killed daemon left", async () => {
    await serve(join(directory(), "s"));
    const left = server;
    const socket = await serve(join(directory(), "s"));
    expect(await callControl(socket, "echo")).toEqual({ got: {} });
    left?.close();
  });

  test("may have a path that is longer than the kernel takes", async () => {
    const deep = join(directory(), "x".repeat(120));
    mkdirSync(deep);
    const socket = await serve(join(deep, "control.sock"));
    expect(await callControl(socket, "echo", { a: 1 })).toEqual({ got: { a: 1 } });
    expect(statSync(socket).isSocket()).toBe(true);
  });

  test("that nobody serves is an error that says what was asked", async () => {
    await expect(callControl(join(directory(), "none"), "status")).rejects.toThrow(
      "the local cloud does not answer 'status'",
    );
  });
});
