import { spawn } from "node:child_process";
import { once } from "node:events";
import { processIdentity } from "../../../local/processes/process-identity";

describe("the identity of a process", () => {
  test("is the same at every look, and another process's is another", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const identity = processIdentity(child.pid ?? -1);
    expect(identity).toBeDefined();
    expect(processIdentity(child.pid ?? -1)).toBe(identity);
    expect(processIdentity(process.pid)).not.toBe(identity);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(processIdentity(child.pid ?? -1)).toBeUndefined();
  });

  test("is read past a command name with spaces and parentheses", async () => {
    const child = spawn("bash", ["-c", "exec -a 'x) S 1 (' sleep 60"]);
    await once(child, "spawn");
    expect(processIdentity(child.pid ?? -1)).toMatch(/^[0-9a-f-]{36}\/\d+$/);
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});
