// Exit 0 when node_modules holds what package-lock.json asks for, 1 when `npm ci` has to run. npm writes the hidden lock file last, so an
// installation that was cut off has none.
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const root = process.argv[2] ?? join(__dirname, "..");
const packages = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : {});

const wanted = Object.entries(packages(join(root, "package-lock.json"))).filter(([path]) => path !== "");
const present = packages(join(root, "node_modules/.package-lock.json"));
const current = wanted.every(([path, { version, integrity, optional, link }]) => {
  const found = present[path];
  if (!found) return optional === true; // binaries of other platforms
  return link === true || (found.version === version && found.integrity === integrity);
});
process.exit(wanted.length > 0 && Object.keys(present).length > 0 && current ? 0 : 1);
