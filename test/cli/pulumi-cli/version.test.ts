import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanVersion, isUsable, oldestVersion, pinnedVersion } from "../../../cli/pulumi-cli/version";

describe("the versions of the Pulumi CLI", () => {
  test.each(["3.238.0", "3.238.1", "3.259.0", "3.300.0-alpha.1700000000"])("%s is new enough", (version) => {
    expect(isUsable(version)).toBe(true);
  });

  test.each(["3.237.9", "3.99.0", "2.400.0", "4.0.0", "nonsense", ""])("'%s' is refused", (version) => {
    expect(isUsable(version)).toBe(false);
  });

  test("what `pulumi version` prints is understood with and without the v and the line end", () => {
    expect(cleanVersion("v3.259.0\n")).toBe("3.259.0");
    expect(cleanVersion("3.245.0-dev.0")).toBe("3.245.0-dev.0");
    expect(cleanVersion("warning: a new version is available")).toBeUndefined();
  });

  test("the version that we build is one that we accept, and the one that the tools module pins", () => {
    expect(isUsable(pinnedVersion)).toBe(true);
    expect(isUsable(oldestVersion)).toBe(true);
    const goMod = readFileSync(join(__dirname, "../../../tools/pulumi-cli/go.mod"), "utf8");
    expect(goMod).toContain(`github.com/pulumi/pulumi/pkg/v3 v${pinnedVersion}`);
  });
});
