import type { Command } from "commander";
import { localStack } from "../../options";
import type { Terminal } from "../../terminal/terminal";
import { addSchemaAbort } from "./abort";
import { addSchemaApply } from "./apply";
import { addSchemaHealth } from "./health";
import { addSchemaLedger } from "./ledger";
import { addSchemaPlan } from "./plan";

/** What the post-deploy hook does, by hand: on the stack of this machine, or on any database. */
export function addSchema(program: Command, terminal: Terminal): void {
  const schema = program
    .command("schema")
    .description("compare a database with its manifest, and make it so")
    .option("-s, --stack <name>", "the stack whose database is meant", localStack)
    .option("--url <url>", "any other primary, as postgresql://user@host:port/database; the password from PGPASSWORD")
    .option("--manifest <file>", "the manifest; default: the stack's, or the clinic's")
    .option("--role-passwords <directory>", "one file a login role; without it passwords are left alone");
  addSchemaPlan(schema, terminal);
  addSchemaApply(schema, terminal);
  addSchemaAbort(schema, terminal);
  addSchemaHealth(schema);
  addSchemaLedger(schema);
}
