import { hookJobName } from "../../../infra/post-deploy/hook-name";

const content = { program: "p", manifest: "m", applicationRelease: "1.0", image: "node:22", host: "primary" };

describe("the name of the hook's Job", () => {
  test("stays the same as long as nothing changes: the hook does not run again", () => {
    expect(hookJobName({ ...content })).toBe(hookJobName(content));
    expect(hookJobName(content)).toMatch(/^plinth-hook-[0-9a-f]{10}$/);
  });

  test.each(Object.keys(content))("changes with %s: the hook runs once", (key) => {
    expect(hookJobName({ ...content, [key]: "other" })).not.toBe(hookJobName(content));
  });
});
