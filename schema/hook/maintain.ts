import { inTransaction, literal, qualified, rowsOf } from "../database/sql";
import { Ledger } from "../apply/ledger";
import { installedPartman } from "../apply/partman-calls";
import { digestOf } from "../manifest/digest";
import type { Manifest } from "../manifest/manifest-schema";
import { applyManifest, type RunContext } from "./apply-manifest";
import { duration, line } from "./report";

/** A parent is analysed again when this share of its rows changed: autovacuum looks after partitions, never after parents. */
const STALE_SHARE = 0.05;

interface Chore {
  name: string;
  run: () => Promise<void>;
}

async function partitionChores(context: RunContext): Promise<Chore[]> {
  const partman = await installedPartman(context.session);
  if (partman === null) return [];
  const sets = await rowsOf<{ parent: string }>(
    context.session,
    `select parent_table as parent from ${qualified({ schema: partman.schema, name: "part_config" })}
     where to_regclass(parent_table) is not null order by 1`,
  );
  const maintenance = qualified({ schema: partman.schema, name: "run_maintenance" });
  return sets.map(({ parent }) => ({
    name: `partitions of ${parent}`,
    run: () =>
      inTransaction(context.session, async () => {
        await context.session.query(`set local lock_timeout = ${context.budgets.shortLockSeconds * 1000}`);
        await context.session.query(
          `select ${maintenance}(p_parent_table => ${literal(parent)}, p_analyze => false, p_jobmon => false)`,
        );
      }),
  }));
}

async function analyzeChores(context: RunContext, manifest: Manifest): Promise<Chore[]> {
  const stale = await rowsOf<{ schema: string; name: string }>(
    context.session,
    `select namespace.nspname::text as schema, class.relname::text as name
     from pg_class class
     join pg_namespace namespace on namespace.oid = class.relnamespace
     cross join lateral (
       select coalesce(sum(stat.n_mod_since_analyze), 0) as changed,
              coalesce(max(stat.last_autoanalyze), '-infinity') as leaf_analyzed
       from pg_partition_tree(class.oid) tree
       join pg_stat_user_tables stat on stat.relid = tree.relid) leaves
     left join pg_stat_user_tables own on own.relid = class.oid
     where namespace.nspname || '.' || class.relname = any ($1::text[])
       and class.relkind in ('r', 'p')
       and (class.reltuples < 0
            or coalesce(own.n_mod_since_analyze, 0) + leaves.changed > $2 * greatest(class.reltuples, 1000)
            or class.relkind = 'p' and leaves.leaf_analyzed > greatest(coalesce(own.last_analyze, '-infinity'), '-infinity'))
     order by 1, 2`,
    [manifest.tables.map((table) => `${table.schema}.${table.name}`), STALE_SHARE],
  );
  return stale.map((table) => ({
    name: `planner statistics of ${table.schema}.${table.name}`,
    run: async () => {
      await context.session.query(`analyze ${qualified(table)}`);
    },
  }));
}

async function warnOfDefaultRows(context: RunContext): Promise<void> {
  const defaults = await rowsOf<{ schema: string; name: string }>(
    context.session,
    `select namespace.nspname::text as schema, class.relname::text as name
     from pg_partitioned_table
     join pg_class class on class.oid = partdefid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     order by 1, 2`,
  );
  for (const table of defaults) {
    const [row] = await rowsOf<{ some: boolean }>(
      context.session,
      `select exists (select from ${qualified(table)}) as some`,
    );
    if (row?.some)
      context.print(
        line(
          "warning",
          `${table.schema}.${table.name} holds rows: partitions for their range cannot be made; move them out, and raise premake`,
        ),
      );
  }
}

/** Partitions ahead and past retention by pg_partman, settings on new partitions, fresh statistics where they are stale. */
export async function maintain(manifest: Manifest, context: RunContext): Promise<void> {
  const started = performance.now();
  const chores = [...(await partitionChores(context)), ...(await analyzeChores(context, manifest))];
  const ledger = chores.length > 0 ? await Ledger.open(context.session) : null;
  for (const chore of chores) {
    const begun = performance.now();
    const entry = await ledger?.begin({
      step: chore.name,
      action: "maintain",
      digest: digestOf(chore.name),
      reason: "scheduled",
    });
    await chore.run();
    const durationMs = performance.now() - begun;
    if (entry !== undefined) await ledger?.end(entry, { result: "done", durationMs, attempts: 1 });
    context.print(line("done", `maintain ${chore.name} in ${duration(durationMs)}`));
  }
  await warnOfDefaultRows(context);
  await applyManifest(manifest, context, ["settings"]);
  context.print(line("summary", `${chores.length} chores in ${duration(performance.now() - started)}`));
}
