import type { PerformContext } from "../../apply/perform";
import { qualified, quote, rowsOf, type Session } from "../../database/sql";
import type { TableName } from "../attachments";
import { underShortLocks } from "../short-locks";
import type { ForeignKey } from "./foreign-keys";
import type { Source } from "./source";

/**
 * Why: table and successor both have the foreign keys, the successor before the cut-over already, the old table until its
 * keys are dropped; and one of them lags behind. A row that the application has deleted may still be there, and would then
 * refuse that the row it refers to be deleted. So the one that is not the application's table yields: before a referred row
 * goes or changes its key, a trigger removes the rows that refer to it. That is always right: the key of the application's
 * table allows the deletion only if its rows go or change in the same transaction, and so they are in the log.
 */
const PREFIX = "plinth_yield";

type Waiting = Pick<PerformContext, "budgets" | "stopping">;

function triggerName(source: Pick<Source, "oid">, key: ForeignKey): string {
  return `${PREFIX}_${source.oid}_${key.oid}`;
}

function functionName(trigger: string): string {
  return `plinth.${trigger.replace("plinth_", "")}`;
}

interface KeyPair {
  referring: string;
  referred: string;
  /** The key's own equality, referred = referring, so that no search path decides about it. */
  operator: string;
}

async function pairsOf(session: Session, key: ForeignKey): Promise<KeyPair[]> {
  return rowsOf<KeyPair & Record<string, string>>(
    session,
    `select quote_ident(referring.attname) as referring, quote_ident(referred.attname) as referred,
            format('operator(%I.%s)', namespace.nspname, oprname) as operator
     from pg_constraint
     cross join lateral unnest(conkey, confkey, conpfeqop) as pair (referring, referred, operator)
     join pg_attribute referring on referring.attrelid = conrelid and referring.attnum = pair.referring
     join pg_attribute referred on referred.attrelid = confrelid and referred.attnum = pair.referred
     join pg_operator on pg_operator.oid = pair.operator
     join pg_namespace namespace on namespace.oid = oprnamespace
     where pg_constraint.oid = $1::bigint::oid`,
    [key.oid],
  );
}

function functionSql(name: string, pairs: KeyPair[], lagging: TableName): string {
  const row = (which: string) => `row(${pairs.map(({ referred }) => `${which}.${referred}`).join(", ")})`;
  const refers = pairs.map(({ referring, referred, operator }) => `old.${referred} ${operator} lagging.${referring}`);
  return `create or replace function ${name}() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $plinth$
    begin
      if tg_op = 'DELETE' then
        delete from ${qualified(lagging)} as lagging where ${refers.join(" and ")};
        return old;
      end if;
      if record_image_ne(${row("new")}, ${row("old")}) then
        delete from ${qualified(lagging)} as lagging where ${refers.join(" and ")};
      end if;
      return new;
    end $plinth$`;
}

async function posted(session: Session, sourceOid: number): Promise<{ trigger: string; on: string }[]> {
  return rowsOf<{ trigger: string; on: string }>(
    session,
    `select tgname::text as trigger, format('%I.%I', namespace.nspname, class.relname) as on
     from pg_trigger
     join pg_class class on class.oid = tgrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where starts_with(tgname, $1) and not tgisinternal order by 1`,
    [`${PREFIX}_${sourceOid}_`],
  );
}

/** Puts the triggers on the tables that the keys refer to. */
export async function postYields(
  session: Session,
  source: Source,
  shadow: TableName,
  keys: ForeignKey[],
  context: Waiting,
): Promise<void> {
  const there = new Set((await posted(session, source.oid)).map(({ trigger }) => trigger));
  for (const key of keys) {
    const trigger = triggerName(source, key);
    if (there.has(trigger)) continue;
    const pairs = await pairsOf(session, key);
    const name = functionName(trigger);
    await underShortLocks(
      session,
      {
        purpose: `prepare ${key.referenced} for ${key.name}`,
        relations: [key.referenced],
        against: "writers",
        ...context,
      },
      async () => {
        await session.query(functionSql(name, pairs, shadow));
        await session.query(`revoke execute on function ${name}() from public`);
        await session.query(`lock table ${key.referenced} in share row exclusive mode`);
        await session.query(
          `create trigger ${quote(trigger)}
             before delete or update of ${pairs.map(({ referred }) => referred).join(", ")} on ${key.referenced}
             for each row execute function ${name}();
           alter table ${key.referenced} enable always trigger ${quote(trigger)}`,
        );
      },
    );
  }
}

/** For the cut-over: from its commit on the old table yields. Replacing a function locks no table. */
export async function turnYieldStatements(
  session: Session,
  source: Source,
  old: TableName,
  keys: ForeignKey[],
): Promise<string[]> {
  const statements: string[] = [];
  for (const key of keys)
    statements.push(functionSql(functionName(triggerName(source, key)), await pairsOf(session, key), old));
  return statements;
}

/** Takes the triggers off again, each in a moment of its own: after the lagging table's keys, before the table itself goes. */
export async function removeYields(session: Session, sourceOid: number, context: Waiting): Promise<void> {
  for (const { trigger, on } of await posted(session, sourceOid))
    await underShortLocks(
      session,
      { purpose: `take ${trigger} off ${on}`, relations: [on], against: "readers and writers", ...context },
      async () => {
        await session.query(`lock table ${on} in access exclusive mode`);
        await session.query(
          `drop trigger ${quote(trigger)} on ${on}; drop function if exists ${functionName(trigger)}()`,
        );
      },
    );
}
