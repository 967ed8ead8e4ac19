import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const checkout = resolve(__dirname, "../..");

/**
 * Runs CommonJS source in `count` Node processes at once, all past their imports when they begin, and returns what each printed. `require` resolves
 * `local/…` and `cli/…` modules of the checkout; the source ends up in an async function.
 */
export async function inParallel(count: number, source: string): Promise<string[]> {
  // A common moment in the near future, so that the processes really meet.
  const start = Date.now() + 1_500;
  const script = `(async () => { ${source.replace(/\/\* at once \*\//, `while (Date.now() < ${start});`)} })();`;
  const run = () =>
    promisify(execFile)(process.execPath, ["--require", "./bin/typescript.cjs", "--eval", script], { cwd: checkout });
  const results = await Promise.all(Array.from({ length: count }, run));
  return results.map(({ stdout }) => stdout.trim());
}
