import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { pinnedVersion } from "./version";

const toolsModule = join(__dirname, "..", "..", "tools", "pulumi-cli");
const mainPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

export interface GoProgress {
  readonly doing: string;
  readonly done?: number;
  readonly of?: number;
}

/**
 * Builds the pinned release from the Go module proxy to `target` (about four minutes on two cores, the first time).
 * @throws with one line when Go is missing or a step of it fails.
 */
export async function buildWithGo(target: string, onProgress: (progress: GoProgress) => void): Promise<void> {
  await go(["version"], () => undefined).catch((error: unknown) => {
    throw new Error("Go is not installed: install Go 1.21 or newer (https://go.dev/dl)", { cause: error });
  });
  // Downloads what the build needs; `go mod download` would ask for all modules of the graph, which a closed proxy may not have.
  onProgress({ doing: "downloading Go modules" });
  let of = 0;
  await go(["list", "-deps", mainPackage], (line) => (of += isPackage(line) ? 1 : 0));
  mkdirSync(dirname(target), { recursive: true });
  let done = 0;
  const flags = ["-trimpath", "-ldflags", `-s -w -X ${versionVariable}=v${pinnedVersion}`];
  await go(["build", "-v", ...flags, "-o", target, mainPackage], (line) => {
    if (isPackage(line)) onProgress({ doing: "compiling", done: ++done, of });
  });
}

/** Go prints import paths, and remarks that begin with "go: " ("go: downloading …"). */
function isPackage(line: string): boolean {
  return line !== "" && !line.startsWith("go: ");
}

/** Runs `go` in the tools module; `onLine` sees both streams. The last line is the reason when it fails. */
async function go(args: readonly string[], onLine: (line: string) => void): Promise<void> {
  const child = spawn("go", args, {
    cwd: toolsModule,
    // Without cgo the result needs no C compiler to build and no C library to run.
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let last = "";
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => {
      last = line.trim() === "" ? last : line.trim();
      onLine(line);
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`'go ${args[0]}' failed: ${last}`);
}
