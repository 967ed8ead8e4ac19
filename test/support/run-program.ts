import { execFile } from "node:child_process";

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program as somebody would who knows nothing of this machine's user: no PG* variables, no ~/.pgpass, no ~/.postgresql. */
export function runProgram(command: string, args: readonly string[], timeoutMs = 30_000): Promise<ProgramResult> {
  const env = { PATH: process.env.PATH, HOME: "/nonexistent", LC_ALL: "C" };
  return new Promise((settle, fail) => {
    execFile(command, args, { env, timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number")
        fail(new Error(`${command} did not end by itself`, { cause: error }));
      else settle({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}
