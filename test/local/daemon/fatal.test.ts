import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastWords, logSize } from "../../../local/daemon/fatal";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("why a local cloud ended", () => {
  const directory = temporaryDirectory();
  const log = (text: string) => {
    const file = join(directory(), "cloud.log");
    writeFileSync(file, text);
    return file;
  };
  const fatal = (msg: string) => `${JSON.stringify({ level: 60, msg })}\n`;

  test("is what it said itself, in this start and not in an earlier one", () => {
    const before = fatal("an old story");
    const file = log(`${before}{"level":30,"msg":"hello"}\n${fatal("no disk")}Bye\n`);
    expect(lastWords(file, before.length)).toBe("no disk");
    expect(lastWords(log(before), before.length)).toBe("it left nothing in its log");
  });

  test("is the end of its log when it could not say anything", () => {
    expect(lastWords(log("1\n2\n3\n4\n5\n6\nSegmentation fault\n"), 0)).toBe("3\n4\n5\n6\nSegmentation fault");
  });

  test("is found at the end of a log of any size, and of none", () => {
    expect(lastWords(log("x".repeat(1_000_000) + "\n" + fatal("no disk")), 0)).toBe("no disk");
    expect(logSize(join(directory(), "none"))).toBe(0);
    expect(lastWords(join(directory(), "none"), 0)).toBe("it left nothing in its log");
  });
});
