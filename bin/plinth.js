#!/usr/bin/env -S node --max-semi-space-size=128 --min-semi-space-size=64
// A short-lived process that registers hundreds of resources: a large young generation saves it most of its garbage collection.
// Starts the command line of this checkout (cli/main.ts); plain JavaScript, as it runs before anything is installed.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
// npm writes this file last: without it the packages are not, or not completely, installed.
if (!existsSync(join(root, "node_modules", ".package-lock.json"))) {
  console.error(`plinth: the packages of ${root} are not installed; run 'make setup' there`);
  process.exit(1);
}
// Colours only on a terminal: the colour package takes a CI job for one, and looks at stdout alone.
if (!(process.stdout.isTTY && process.stderr.isTTY) && !process.env.FORCE_COLOR) process.env.NO_COLOR ??= "1";
require("./typescript.cjs");
require("../cli/main.ts");
