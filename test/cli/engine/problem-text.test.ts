import { problemText } from "../../../cli/engine/problem-text";

describe("an error of the program", () => {
  test("is shown with the place it came from, without its stack", () => {
    const thrown = [
      "Unhandled exception: Error: boom",
      "    at Object.<anonymous> (/srv/shop/index.js:1:7)",
      "    at Module._compile (node:internal/modules/cjs/loader:1521:14)",
      "    at Stack.initialize (/srv/shop/node_modules/@pulumi/pulumi/runtime/stack.js:75:39)",
    ].join("\n");
    expect(problemText(thrown)).toBe("boom (at /srv/shop/index.js:1:7)");
  });

  test("keeps all lines of its message", () => {
    expect(problemText("2 problems:\n  - a: is wrong\n  - b: is wrong\n    at f (node:x:1:1)\n")).toBe(
      "2 problems:\n  - a: is wrong\n  - b: is wrong",
    );
  });

  test("is left alone where it has no stack", () => {
    expect(problemText("aws:sns/topic:Topic resource 'a': bad")).toBe("aws:sns/topic:Topic resource 'a': bad");
  });
});
