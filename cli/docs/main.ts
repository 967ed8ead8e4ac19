import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { withGenerated } from "./local-document";

const file = resolve(__dirname, "../../docs/local.md");
writeFileSync(file, withGenerated(readFileSync(file, "utf8")));
