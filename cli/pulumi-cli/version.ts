/** The release that the set-up installs or builds when the machine has none (`tools/pulumi-cli/go.mod` pins the same). */
export const pinnedVersion = "3.259.0";

/**
 * The oldest CLI that is accepted: before 3.238.0 an after-hook that fails leaves the update successful.
 * It is also above the minimum of the Automation API of @pulumi/pulumi 3.245 (3.2.0).
 */
export const oldestVersion = "3.238.0";

/** Whether `pulumi version` printed a release that we can work with: same major version, and not older than `oldestVersion`. */
export function isUsable(version: string): boolean {
  const given = numbers(version);
  const oldest = numbers(oldestVersion);
  if (!given || !oldest || given[0] !== oldest[0]) return false;
  return given[1] > oldest[1] || (given[1] === oldest[1] && given[2] >= oldest[2]);
}

/** `v3.259.0\n` or `3.259.0-alpha.1` → `3.259.0`-like text without the `v`; undefined when it is no version. */
export function cleanVersion(printed: string): string | undefined {
  const text = printed.trim().replace(/^v/, "");
  return numbers(text) ? text : undefined;
}

function numbers(version: string): [number, number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(version.trim());
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}
