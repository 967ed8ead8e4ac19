// A stand-in for the daemon: begins eight sandboxes at once, says so, and goes on until it is killed.
require("@swc-node/register");
const { join } = require("node:path");
const { Records } = require("../../local/cloud/records");
const { Supervisor } = require("../../local/processes/supervisor");
const { startSandbox } = require("../../local/processes/sandbox");
const { unprivilegedAccount } = require("../../local/processes/accounts");

const root = process.argv[2];
const { uid, gid } = unprivilegedAccount();
const supervisor = new Supervisor(new Records(join(root, "owner")));
for (let index = 0; index < 8; index += 1) {
  void startSandbox(supervisor, {
    key: `pod/test/begun-${index}`,
    hostname: "begun",
    // The directory is on the command line, so that whatever outlives us is found by it.
    argv: ["/bin/sh", "-c", "sleep 600; exit 0", root],
    env: { PATH: "/usr/bin:/bin" },
    workingDir: "/",
    mounts: [],
    readOnlyRoot: true,
    uid,
    gid,
    groups: [],
    logFile: join(root, `begun-${index}.log`),
  });
}
process.stdout.write("begun\n");
setInterval(() => undefined, 1000);
