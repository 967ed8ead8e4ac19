// Lets Node load the project's TypeScript: `node --require ./bin/typescript.cjs file.ts`. Types are checked by `npm run types`, not here.
// @swc-node/register does the same in 250 ms, as it loads the TypeScript compiler; this takes 10 ms once the cache is warm.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const options = {
  jsc: {
    parser: { syntax: "typescript", decorators: true },
    target: "es2022",
    transform: { decoratorMetadata: true },
  },
  module: { type: "commonjs" },
  sourceMaps: "inline",
  swcrc: false,
};
const cache = join(__dirname, "..", "node_modules", ".cache", "plinth-typescript");
const compiler = `${require("@swc/core/package.json").version} ${JSON.stringify(options)}`;

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function keep(file, text) {
  try {
    mkdirSync(cache, { recursive: true });
    const draft = `${file}.${process.pid}.draft`;
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (error) {
    // A checkout that this user may only read works too, a little slower.
    if (error.code !== "EACCES" && error.code !== "EROFS") throw error;
  }
}

function compile(filename) {
  const source = readFileSync(filename, "utf8");
  const key = createHash("sha256")
    .update(compiler)
    .update("\0")
    .update(filename)
    .update("\0")
    .update(source)
    .digest("hex");
  const file = join(cache, `${key}.js`);
  const known = readIfThere(file);
  if (known !== undefined) return known;
  const { code } = require("@swc/core").transformSync(source, { ...options, filename });
  keep(file, code);
  return code;
}

process.setSourceMapsEnabled(true);
require.extensions[".ts"] = (module, filename) => module._compile(compile(filename), filename);
