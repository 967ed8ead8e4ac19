import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildSync } from "esbuild";
import type { ClientConfig } from "pg";

import type { ManifestInput } from "../../schema/manifest/manifest-schema";

export interface HookRun {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  lines: string[];
}

export interface RunningHook {
  child: ChildProcess;
  /** Resolves once the output so far matches. */
  until: (pattern: RegExp) => Promise<void>;
  ended: Promise<HookRun>;
}

/** The hook as the Job runs it: one bundled file under plain node, in a directory without node_modules. */
export class HookBundle {
  readonly directory = mkdtempSync(join(tmpdir(), "plinth-hook-"));
  readonly program = join(this.directory, "hook.cjs");
  readonly #children = new Set<ChildProcess>();

  constructor() {
    buildSync({
      entryPoints: [join(__dirname, "../../schema/hook/main.ts")],
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      minify: true,
      external: ["pg-native"],
      outfile: this.program,
    });
  }

  get bytes(): number {
    return statSync(this.program).size;
  }

  writeManifest(name: string, manifest: ManifestInput): string {
    const path = join(this.directory, `${name}.json`);
    writeFileSync(path, JSON.stringify(manifest));
    return path;
  }

  start(connection: ClientConfig, environment: Record<string, string>, args: string[] = []): RunningHook {
    const child = spawn(process.execPath, [this.program, ...args], {
      cwd: this.directory,
      env: {
        PATH: process.env.PATH ?? "",
        PGHOST: connection.host,
        PGPORT: String(connection.port),
        PGDATABASE: connection.database,
        PGUSER: connection.user,
        PGPASSWORD: typeof connection.password === "string" ? connection.password : "",
        PGSSLMODE: "disable",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.add(child);
    let output = "";
    const append = (chunk: Buffer) => void (output += chunk.toString());
    child.stdout.on("data", append);
    child.stderr.on("data", append);
    const ended = new Promise<HookRun>((resolve) =>
      child.once("close", (code, signal) => {
        this.#children.delete(child);
        resolve({ code, signal, output, lines: output.trimEnd().split("\n") });
      }),
    );
    const until = (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const check = () => pattern.test(output) && resolve();
        child.stdout.on("data", check);
        void ended.then(() => reject(new Error(`the hook ended without ${String(pattern)}:\n${output}`)));
        check();
      });
    return { child, until, ended };
  }

  async run(connection: ClientConfig, environment: Record<string, string>, args: string[] = []): Promise<HookRun> {
    return this.start(connection, environment, args).ended;
  }

  dispose(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  }
}
