import { bar } from "../../../cli/terminal/bar";
import { maskPassword } from "../../../cli/terminal/mask";
import { Terminal } from "../../../cli/terminal/terminal";

describe("what is shown while something takes time", () => {
  let printed: string;
  beforeEach(() => {
    printed = "";
    jest.useFakeTimers();
    jest.spyOn(process.stderr, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  test("is a status line on a terminal, erased for each line and at the end", () => {
    const terminal = new Terminal(true);
    terminal.working("starting");
    terminal.line("a line");
    terminal.rest();
    expect(printed).toContain("starting 0 s");
    expect(printed.replaceAll(/\x1b\[\d*[a-zA-Z]/g, "")).toContain("\ra line\n");
    expect(printed.endsWith("\r\x1b[2K")).toBe(true);
  });

  test("is a heartbeat every ten seconds elsewhere, without control characters", () => {
    const terminal = new Terminal(false);
    terminal.working("starting");
    jest.advanceTimersByTime(25_000);
    terminal.rest();
    jest.advanceTimersByTime(60_000);
    expect(printed).toBe("  … starting (10 s)\n  … starting (20 s)\n");
  });

  test("counts on while the same work makes progress", () => {
    const terminal = new Terminal(false);
    terminal.working("loading");
    jest.advanceTimersByTime(6_000);
    terminal.progress("loading 50 %");
    jest.advanceTimersByTime(4_000);
    terminal.rest();
    expect(printed).toBe("  … loading 50 % (10 s)\n");
  });
});

describe("a bar", () => {
  test.each([
    [0, 10, "░".repeat(24) + "   0 %"],
    [5, 10, "█".repeat(12) + "░".repeat(12) + "  50 %"],
    [20, 10, "█".repeat(24) + " 100 %"],
    [0, 0, "█".repeat(24) + " 100 %"],
  ])("of %d in %d", (done, total, text) => expect(bar(done, total)).toBe(text));
});

describe("a connection URL that is shown", () => {
  test.each([
    [
      "postgresql://app:s3cr%40t@127.16.0.10:5432/db?sslmode=verify-full",
      "postgresql://app:****@127.16.0.10:5432/db?sslmode=verify-full",
    ],
    ["rediss://:token@127.16.0.11:6379", "rediss://:****@127.16.0.11:6379"],
    ["postgresql://app@127.16.0.10/db", "postgresql://app@127.16.0.10/db"],
  ])("has no password: %s", (url, shown) => expect(maskPassword(url)).toBe(shown));
});
