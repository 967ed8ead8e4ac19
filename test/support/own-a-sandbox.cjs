// A stand-in for the daemon: owns one sandbox with a grandchild, prints the host pids of everything in it and waits to be killed.
require("@swc-node/register");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Records } = require("../../local/cloud/records");
const { Supervisor } = require("../../local/processes/supervisor");
const { startSandbox } = require("../../local/processes/sandbox");
const { unprivilegedAccount } = require("../../local/processes/accounts");

const descendants = (pid) => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
  return [...children, ...children.flatMap(descendants)];
};

(async () => {
  const root = process.argv[2];
  const { uid, gid } = unprivilegedAccount();
  await startSandbox(new Supervisor(new Records(join(root, "owner"))), {
    key: "pod/test/owned",
    hostname: "owned",
    argv: ["/bin/sh", "-c", "setsid sleep 600 & sleep 600 & wait"],
    env: { PATH: "/usr/bin:/bin" },
    workingDir: "/",
    mounts: [],
    readOnlyRoot: true,
    uid,
    gid,
    groups: [],
    logFile: join(root, "owned.log"),
  });
  const timer = setInterval(() => {
    const pids = descendants(process.pid);
    if (pids.length < 5 || pids.length > 50) return;
    clearInterval(timer);
    process.stdout.write(JSON.stringify(pids));
    setInterval(() => undefined, 1000);
  }, 20);
})();
