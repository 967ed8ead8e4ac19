import { installedPartman, createParentSql, type Partman } from "../../apply/partman-calls";
import { lockTimeoutSql, type Budgets } from "../../apply/budgets";
import { inTransaction, literal, qualified, quote, rowsOf, type Session } from "../../database/sql";
import { SchemaError } from "../../errors";
import type { WantedPartition, WantedTable } from "../../manifest/manifest-schema";
import { settingsSql } from "../../plan/decide/settings";
import { upkeepSql } from "../../plan/partman-upkeep-sql";
import type { TableName } from "../attachments";
import { shadowOf } from "../names";
import { beginConversion } from "../state";
import { createLogStatements } from "./change-log";
import { leavesOf } from "./leaves";
import { listIndexes } from "./index-list";
import type { Source } from "./source";

/** More partitions than this make planning slow for everybody. */
const MOST_PARTITIONS = 1000;
/** Share of the server's lock table that one look at all partitions may take. */
const LOCK_SHARE = 0.6;
/** Rows further ahead than this stay in the default partition: nobody wants a partition a month until 9999. */
const FURTHEST_AHEAD = "10 years";

interface Extent {
  first: string | null;
  behind: number;
  /** Partitions needed ahead of now so that no row falls into the default partition. */
  ahead: number;
}

async function measureExtent(session: Session, table: TableName, wish: WantedPartition): Promise<Extent> {
  const column = quote(wish.column);
  const [extent] = await rowsOf<Extent & Record<string, unknown>>(
    session,
    `select first::date::text as first,
            coalesce(ceil(extract(epoch from now()::timestamp - first::timestamp) / width)::float8, 0) as behind,
            greatest(coalesce(ceil(extract(epoch from last::timestamp - now()::timestamp) / width)::float8, 0), 0) + 1 as ahead
     from (select min(${column}) filter (where isfinite(${column})) as first,
                  max(${column}) filter (where ${column} < now() + interval '${FURTHEST_AHEAD}') as last,
                  extract(epoch from $1::interval) as width
           from ${qualified(table)}) as extent`,
    [wish.interval],
  );
  if (extent === undefined) throw new Error(`no extent of ${table.name}`);
  return extent;
}

async function requirePartman(session: Session): Promise<Partman> {
  const partman = await installedPartman(session);
  if (partman !== null) return partman;
  throw new SchemaError({
    what: "Partitions need the extension pg_partman",
    got: "not installed in this database",
    cure: "List pg_partman under extensions in the manifest.",
  });
}

/** Whoever reads or drops all partitions locks each with its indexes and its TOAST table: all must fit. */
async function requireRoom(
  session: Session,
  table: WantedTable,
  wish: WantedPartition,
  extent: Extent,
  indexes: number,
): Promise<void> {
  const [server] = await rowsOf<{ locks: number }>(
    session,
    `select current_setting('max_locks_per_transaction')::float8
            * (current_setting('max_connections')::float8 + current_setting('max_prepared_transactions')::float8) as locks`,
  );
  const most = Math.min(MOST_PARTITIONS, Math.floor(((server?.locks ?? 0) * LOCK_SHARE) / (indexes + 3)));
  const needed = Math.max(0, extent.behind) + Math.max(wish.premake, extent.ahead);
  if (needed <= most) return;
  throw new SchemaError({
    what: `${table.schema}.${table.name} would need ${needed} partitions of ${wish.interval}, with ${indexes} indexes each`,
    got: `rows from ${extent.first ?? "?"} on; this server has room for ${most} such partitions`,
    cure: "Choose a wider interval, move the oldest rows elsewhere first, or raise max_locks_per_transaction.",
  });
}

/** pg_partman names partitions after their parent: they get the names they would have under the table's own name. */
async function giveFinalNames(session: Session, partman: Partman, shadow: TableName, table: TableName): Promise<void> {
  const checkLength = qualified({ schema: partman.schema, name: "check_name_length" });
  const renames = await rowsOf<{ statement: string }>(
    session,
    `select format('alter table %s rename to %I', class.oid::regclass,
              case when bound = 'DEFAULT' then ${checkLength}($2, '_default', false)
                   else ${checkLength}($2, to_char(substring(bound from $$FROM \\('([^']*)'\\)$$)::timestamptz, config.datetime_string), true)
              end) as statement
     from pg_inherits
     join pg_class class on class.oid = inhrelid
     cross join lateral pg_get_expr(class.relpartbound, class.oid) as bound
     join ${qualified({ schema: partman.schema, name: "part_config" })} config on config.parent_table = $3
     where inhparent = $1::regclass`,
    [qualified(shadow), table.name, `${shadow.schema}.${shadow.name}`],
  );
  for (const { statement } of renames) await session.query(statement);
}

/**
 * Takes the registration out of pg_partman, so that no maintenance meets a half-made set, and gives it back as SQL for
 * the moment of the cut-over, with the table's own name.
 */
async function postponeRegistration(
  session: Session,
  partman: Partman,
  shadow: TableName,
  table: TableName,
): Promise<{ register: string; template: TableName | null }> {
  const config = qualified({ schema: partman.schema, name: "part_config" });
  const [row] = await rowsOf<{ config: Record<string, unknown>; wantedTemplate: string }>(
    session,
    `delete from ${config} where parent_table = $1
     returning to_jsonb(part_config) as config,
               ${qualified({ schema: partman.schema, name: "check_name_length" })}($2) as "wantedTemplate"`,
    [`${shadow.schema}.${shadow.name}`, `template_${table.schema}_${table.name}`],
  );
  if (row === undefined) throw new Error(`pg_partman did not register ${shadow.name}`);
  let template: TableName | null = null;
  const made = row.config.template_table;
  if (typeof made === "string") {
    const name = made.slice(made.indexOf(".") + 1);
    template = { schema: made.slice(0, made.indexOf(".")), name: row.wantedTemplate };
    // What an earlier set of the same table left behind belongs to nobody any more.
    await session.query(`drop table if exists ${qualified(template)}`);
    await session.query(
      `alter table ${qualified({ schema: template.schema, name })} rename to ${quote(template.name)}`,
    );
  }
  const final = {
    ...row.config,
    parent_table: `${table.schema}.${table.name}`,
    template_table: template === null ? null : `${template.schema}.${template.name}`,
  };
  return {
    register:
      `delete from ${config} where parent_table = ${literal(final.parent_table)}; ` +
      `insert into ${config} select * from jsonb_populate_record(null::${config}, ${literal(JSON.stringify(final))}::jsonb)`,
    template,
  };
}

/** Storage parameters of the table itself, overlaid by the manifest's, for everything that holds rows. */
async function settingsFor(session: Session, table: WantedTable): Promise<Record<string, string>> {
  const own = await rowsOf<{ name: string; value: string }>(
    session,
    `select option_name as name, option_value as value
     from pg_class cross join lateral pg_options_to_table(reloptions)
     where oid = $1::regclass`,
    [qualified(table)],
  );
  return { ...Object.fromEntries(own.map(({ name, value }) => [name, value])), ...table.settings };
}

/**
 * The partitioned successor with its partitions under their final names, and the table that will log changes, in one
 * transaction. @returns the conversion's id.
 */
export async function createShadow(
  session: Session,
  table: WantedTable,
  wish: WantedPartition,
  source: Source,
  budgets: Budgets,
): Promise<string> {
  const partman = await requirePartman(session);
  const shadow = shadowOf(table);
  const extent = await measureExtent(session, table, wish);
  await requireRoom(session, table, wish, extent, (await listIndexes(session, table)).length);
  const settings = await settingsFor(session, table);
  return inTransaction(session, async () => {
    await session.query(lockTimeoutSql(budgets.shortLockSeconds, "local"));
    await session.query(
      `create table ${qualified(shadow)} (like ${source.name} including defaults including constraints including generated
         including identity including comments including storage including compression) partition by range (${quote(wish.column)})`,
    );
    await session.query(
      createParentSql(partman, {
        parent: `${shadow.schema}.${shadow.name}`,
        wish,
        start: extent.first,
        premake: Math.max(wish.premake, extent.ahead),
      }),
    );
    await session.query(upkeepSql(partman.schema, `${shadow.schema}.${shadow.name}`, wish));
    await giveFinalNames(session, partman, shadow, table);
    const { register, template } = await postponeRegistration(session, partman, shadow, table);
    if (Object.keys(settings).length > 0)
      for (const holder of [...(await leavesOf(session, shadow)), ...(template === null ? [] : [template])])
        await session.query(settingsSql(holder, settings));
    for (const statement of createLogStatements(source)) await session.query(statement);
    return beginConversion(session, {
      schema: table.schema,
      name: table.name,
      sourceRegclass: source.name,
      mover: "copy",
      wish,
      phase: "shadow",
      notes: { register, template },
    });
  });
}
