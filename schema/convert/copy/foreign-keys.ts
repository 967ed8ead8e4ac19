import type { PerformContext } from "../../apply/perform";
import { qualified, quote, rowsOf, type Session } from "../../database/sql";
import { SchemaError, errorCode } from "../../errors";
import type { TableName } from "../attachments";
import { underShortLocks } from "../short-locks";
import { catchUp } from "./catch-up";
import { leavesOf } from "./leaves";
import type { Source } from "./source";
import { postYields } from "./yield";

/** Keys made in one moment: at about 0.2 ms each, the table they refer to is locked for some 10 ms. */
const KEYS_A_MOMENT = 60;
const FOREIGN_KEY_VIOLATION = "23503";
/** A row may lose what it refers to just before the key is there; the log brings that over. Not forever, though. */
const VALIDATIONS = 10;

export interface ForeignKey {
  oid: number;
  name: string;
  /** As the server prints it, with NOT VALID when it is not. */
  definition: string;
  /** The table it refers to, qualified and quoted. */
  referenced: string;
  validated: boolean;
}

type Context = Pick<PerformContext, "budgets" | "stopping" | "onProgress">;

export async function foreignKeysOf(session: Session, table: TableName): Promise<ForeignKey[]> {
  return rowsOf<ForeignKey & Record<string, unknown>>(
    session,
    `select pg_constraint.oid::int8::float8 as oid,
            conname::text as name,
            pg_get_constraintdef(pg_constraint.oid) as definition,
            format('%I.%I', namespace.nspname, class.relname) as referenced,
            convalidated as validated
     from pg_constraint
     join pg_class class on class.oid = confrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where conrelid = to_regclass($1) and contype = 'f'
     order by conname`,
    [qualified(table)],
  );
}

/** @throws SchemaError when a key is not validated: partitions cannot have a key that some rows may break. */
export async function requireValidForeignKeys(session: Session, table: TableName): Promise<void> {
  const unchecked = (await foreignKeysOf(session, table)).filter((key) => !key.validated);
  if (unchecked.length === 0) return;
  throw new SchemaError({
    what: `Foreign keys of ${table.schema}.${table.name} are not validated, and partitions cannot carry them so`,
    got: unchecked.map(({ name, definition }) => `${name} ${definition}`).join("; "),
    cure: `First: ${unchecked.map(({ name }) => `alter table ${qualified(table)} validate constraint ${quote(name)}`).join("; ")}; it blocks nobody.`,
  });
}

async function leavesWithout(session: Session, parent: TableName, key: ForeignKey): Promise<TableName[]> {
  const having = await rowsOf<{ name: string }>(
    session,
    `select conrelid::regclass::oid::text as oid, class.relname::text as name
     from pg_inherits
     join pg_constraint on conrelid = inhrelid and contype = 'f' and conname = $2
     join pg_class class on class.oid = inhrelid
     where inhparent = $1::regclass`,
    [qualified(parent), key.name],
  );
  const has = new Set(having.map(({ name }) => name));
  return (await leavesOf(session, parent)).filter(({ name }) => !has.has(name));
}

/** On every partition, not validated: new rows are checked from here on. */
async function addUnvalidated(session: Session, shadow: TableName, key: ForeignKey, context: Context): Promise<void> {
  const leaves = await leavesWithout(session, shadow, key);
  for (let from = 0; from < leaves.length; from += KEYS_A_MOMENT)
    await underShortLocks(
      session,
      {
        purpose: `prepare the foreign key ${key.name}`,
        relations: [key.referenced],
        against: "writers",
        ...context,
      },
      async () => {
        await session.query(`lock table ${key.referenced} in share row exclusive mode`);
        const statements = leaves
          .slice(from, from + KEYS_A_MOMENT)
          .map(
            (leaf) => `alter table ${qualified(leaf)} add constraint ${quote(key.name)} ${key.definition} not valid`,
          );
        await session.query(statements.join(";\n"));
      },
    );
}

async function unvalidated(session: Session, parent: TableName): Promise<(TableName & { constraint: string })[]> {
  return rowsOf<TableName & { constraint: string } & Record<string, string>>(
    session,
    `select namespace.nspname::text as schema, class.relname::text as name, conname::text as constraint
     from pg_inherits
     join pg_constraint on conrelid = inhrelid and contype = 'f' and not convalidated
     join pg_class class on class.oid = inhrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where inhparent = $1::regclass
     order by 2, 3`,
    [qualified(parent)],
  );
}

/** Partition by partition; it blocks nobody. */
async function validate(session: Session, shadow: TableName, context: Context): Promise<void> {
  const todo = await unvalidated(session, shadow);
  for (const [done, leaf] of todo.entries()) {
    await session.query(`alter table ${qualified(leaf)} validate constraint ${quote(leaf.constraint)}`);
    context.onProgress({ phase: "validating foreign keys", done: done + 1, total: todo.length, unit: "partitions" });
  }
}

/**
 * The parent's key adopts the partitions' without looking at a row again. It takes the partitions' triggers off the table
 * referred to, which needs its strongest lock: taken at once, for whoever raises a lock deadlocks with those in between.
 */
async function adopt(session: Session, shadow: TableName, key: ForeignKey, context: Context): Promise<void> {
  await underShortLocks(
    session,
    {
      purpose: `prepare the foreign key ${key.name}`,
      relations: [key.referenced],
      against: "readers and writers",
      ...context,
    },
    async () => {
      await session.query(`lock table ${key.referenced} in access exclusive mode`);
      await session.query(`alter table ${qualified(shadow)} add constraint ${quote(key.name)} ${key.definition}`);
    },
  );
}

/**
 * Gives the successor the table's foreign keys before it takes over, so that the cut-over is short and no moment is
 * unguarded. The successor lags behind: see yield.ts for what keeps its keys from disturbing the application.
 * @returns how many keys it has then.
 */
export async function addForeignKeys(
  session: Session,
  table: TableName,
  source: Source,
  shadow: TableName,
  conversion: string,
  context: Context,
): Promise<number> {
  const keys = await foreignKeysOf(session, table);
  await postYields(session, source, shadow, keys, context);
  await catchUp(session, source, shadow, conversion, context);
  const adopted = new Set((await foreignKeysOf(session, shadow)).map(({ name }) => name));
  const missing = keys.filter(({ name }) => !adopted.has(name));
  for (const key of missing) await addUnvalidated(session, shadow, key, context);
  for (let attempt = 1; ; attempt++)
    try {
      await validate(session, shadow, context);
      break;
    } catch (error) {
      if (errorCode(error) !== FOREIGN_KEY_VIOLATION || attempt >= VALIDATIONS) throw error;
      await catchUp(session, source, shadow, conversion, context);
    }
  for (const key of missing) await adopt(session, shadow, key, context);
  return keys.length;
}
