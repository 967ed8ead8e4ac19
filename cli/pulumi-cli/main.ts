import { buildWithGo, type GoProgress } from "./go-build";
import { installationAt } from "./cache";
import { runOfficialInstaller } from "./official-installer";
import { providePulumi, type Supply } from "./provide";
import { pinnedVersion } from "./version";

/** Run by scripts/setup.sh: makes sure that there is a Pulumi CLI, silent when there is one. */
const began = Date.now();
const seconds = () => Math.round((Date.now() - began) / 1000);
const say = (line: string) => console.log(`set-up: ${line}`);

/** Rewrites one line on a terminal; adds a line every 15 s elsewhere. */
function showProgress(): (progress: GoProgress) => void {
  let lastLineAt = 0;
  return ({ doing, done, of }) => {
    const share = done !== undefined && of !== undefined ? `: ${done} of ${of} packages` : "";
    const line = `building the Pulumi CLI, ${doing}${share} ... ${seconds()} s`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[Kset-up: ${line}`);
    else if (Date.now() - lastLineAt >= 15_000) {
      lastLineAt = Date.now();
      say(line);
    }
  };
}

const supplies: readonly Supply[] = [
  {
    name: "official installer",
    obtain: async (root) => {
      say(`installing the Pulumi CLI ${pinnedVersion} with the official installer ...`);
      await runOfficialInstaller(root);
    },
  },
  {
    name: "Go build",
    obtain: async (root) => {
      say(
        `building the Pulumi CLI ${pinnedVersion} with Go, once for all checkouts; this takes about 4 minutes on 2 cores`,
      );
      await buildWithGo(installationAt(root).path, showProgress()).finally(() => {
        if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
      });
    },
  },
];

providePulumi(process.env, supplies, { say }).then(
  ({ path, version, source }) => {
    if (Date.now() - began > 1_000) say(`Pulumi CLI ${version} (${source}) at ${path}: done in ${seconds()} s`);
  },
  (error: unknown) => {
    console.error(`set-up: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);
