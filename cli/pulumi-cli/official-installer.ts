import { spawn } from "node:child_process";
import { pinnedVersion } from "./version";

const installScript = "https://get.pulumi.com/install.sh";
/** Long enough for a slow handshake, short enough not to annoy on a closed network. */
const reachabilityMs = 5_000;
/** The archive is about 150 MB; a line that needs longer than this is slower than building from source. */
const installationMs = 240_000;

// In a process of its own, as the Automation API's installer has no deadline: it downloads install.sh and runs it.
const program = `
  const { PulumiCommand } = require("@pulumi/pulumi/automation");
  // Its own copy of semver: the versions of two copies are strangers to each other.
  const { SemVer } = require("node:module").createRequire(require.resolve("@pulumi/pulumi/automation"))("semver");
  PulumiCommand.install({ root: process.argv[1], version: new SemVer(process.argv[2]) }).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
`;

/**
 * Installs the pinned release into `root` with Pulumi's own installer.
 * @throws with one line when the site cannot be reached, the installer fails, or it takes too long.
 */
export async function runOfficialInstaller(root: string): Promise<void> {
  try {
    const answer = await fetch(installScript, { method: "HEAD", signal: AbortSignal.timeout(reachabilityMs) });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
  } catch (error) {
    throw new Error(`${installScript} cannot be reached (${reason(error)})`, { cause: error });
  }
  const child = spawn(process.execPath, ["-e", program, root, pinnedVersion], {
    detached: true, // leads a group, so that the deadline ends install.sh and its downloads too
    stdio: ["ignore", "ignore", "pipe"],
    cwd: __dirname,
  });
  const stderr: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, installationMs);
  const onInterrupt = () => endGroup(child.pid);
  process.once("exit", onInterrupt);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => {
    clearTimeout(deadline);
    process.off("exit", onInterrupt);
  });
  if (late) throw new Error(`the installer was not done after ${installationMs / 1000} s`);
  if (code !== 0) {
    const lines = Buffer.concat(stderr).toString("utf8").trim().split("\n");
    throw new Error(`the installer failed: ${lines.at(-1) ?? `exit code ${code}`}`);
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error; // ESRCH: it ended by itself
  }
}
