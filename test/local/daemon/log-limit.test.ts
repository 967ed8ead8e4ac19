import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { trimLogs } from "../../../local/daemon/log-limit";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("a log that grows too long", () => {
  const directory = temporaryDirectory();

  test("is kept once and begins anew under its writer, however deep it lies", () => {
    mkdirSync(join(directory(), "pods"));
    const file = join(directory(), "pods", "a.log");
    const writer = openSync(file, "a");
    writeSync(writer, "x".repeat(100));
    trimLogs(directory(), 50);
    writeSync(writer, "new");
    closeSync(writer);
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(readFileSync(`${file}.1`, "utf8")).toBe("x".repeat(100));
  });

  test("is alone: shorter ones and other files are left as they are", () => {
    appendFileSync(join(directory(), "short.log"), "x");
    appendFileSync(join(directory(), "data"), "x".repeat(100));
    trimLogs(directory(), 50);
    expect(readdirSync(directory()).sort()).toEqual(["data", "short.log"]);
  });
});
