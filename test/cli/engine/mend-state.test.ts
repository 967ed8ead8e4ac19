import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mendState } from "../../../cli/engine/mend-state";
import { temporaryDirectory } from "../../support/temporary-directory";

const directory = temporaryDirectory();

test("a killed engine's drafts and torn attributes are removed, and nothing else", () => {
  const stacks = join(directory(), "backend/.pulumi/stacks/plinth");
  mkdirSync(stacks, { recursive: true });
  const files = {
    "local.json": "",
    "local.json.attrs": "",
    "local.json.bak": "{}",
    "local.json.bak.attrs": '{"user.content_type":"text/plain"}',
    "local.json.bak.18eab780e16f4689.tmp": '{"version"',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(stacks, name), text);
  expect(mendState(directory())).toBe(2);
  expect(readdirSync(stacks).sort()).toEqual(["local.json", "local.json.bak", "local.json.bak.attrs"]);
  expect(mendState(directory())).toBe(0);
});

test("there is nothing to mend where no engine ever ran", () => {
  expect(mendState(directory())).toBe(0);
});
