import { ensureHealthViews } from "../health/views";
import { reportLine, reportedIndexes } from "../maintain/index-report";
import { bloatedIndexes, reindexOne } from "../maintain/reindex";
import { inTransaction, literal, qualified, rowsOf } from "../database/sql";
import { lockTimeoutSql } from "../apply/budgets";
import { Ledger } from "../apply/ledger";
import { installedPartman } from "../apply/partman-calls";
import { digestOf } from "../manifest/digest";
import type { Manifest } from "../manifest/manifest-schema";
import { SchemaError, errorCode, errorMessage } from "../errors";
import { applyManifest, type RunContext } from "./apply-manifest";
import { duration, line } from "./report";

/** A parent is analysed again when this share of its rows changed: autovacuum looks after partitions, never after parents. */
const STALE_SHARE = 0.05;

interface Chore {
  name: string;
  /** @returns what it did, for the ledger and the log, when there is more to say than that it did it. */
  run: () => Promise<string | void>;
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
        await context.session.query(lockTimeoutSql(context.budgets.shortLockSeconds, "local"));
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

/** Not while another build runs: two at a time would take what the application needs. */
async function reindexChores(context: RunContext, manifest: Manifest): Promise<Chore[]> {
  const [building] = await rowsOf<{ some: boolean }>(
    context.session,
    "select exists (select from pg_stat_progress_create_index) as some",
  );
  if (building?.some) return [];
  return (await bloatedIndexes(context.session, manifest)).map((index) => ({
    name: `reindex ${index.schema}.${index.name}`,
    run: () => reindexOne(context.session, index, context.budgets),
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

/** Runs one chore with its entry in the ledger. @returns the failure as one line, or null. */
async function runChore(chore: Chore, ledger: Ledger, print: RunContext["print"]): Promise<string | null> {
  const begun = performance.now();
  const entry = await ledger.begin({
    step: chore.name,
    action: "maintain",
    digest: digestOf(chore.name),
    reason: "scheduled",
  });
  try {
    const said = (await chore.run()) ?? undefined;
    const durationMs = performance.now() - begun;
    await ledger.end(entry, { result: "done", durationMs, attempts: 1, detail: said });
    print(line("done", `maintain ${chore.name} in ${duration(durationMs)}${said === undefined ? "" : ` (${said})`}`));
    return null;
  } catch (error) {
    const sqlState = errorCode(error);
    // pg_partman wraps the server's error in lines of context: the first one says it.
    const failure = `${chore.name} (SQLSTATE ${sqlState}): ${errorMessage(error).split("\n")[0] ?? ""}`;
    await ledger.end(entry, { result: "failed", durationMs: performance.now() - begun, attempts: 1, detail: failure });
    print(line("failed", `maintain ${failure}`));
    return failure;
  }
}

/**
 * Partitions ahead and past retention by pg_partman, fresh statistics where they are stale, settings on new partitions.
 * One failing chore does not keep the others from being done.
 * @throws SchemaError naming every chore that failed.
 */
export async function maintain(manifest: Manifest, context: RunContext): Promise<void> {
  const started = performance.now();
  await warnOfDefaultRows(context);
  const ledger = await Ledger.open(context.session, { manifestDigest: digestOf(manifest), actor: context.actor });
  await ensureHealthViews(context.session);
  const chores = [
    ...(await partitionChores(context)),
    ...(await analyzeChores(context, manifest)),
    ...(await reindexChores(context, manifest)),
  ];
  const failures: string[] = [];
  for (const chore of chores) {
    const stop = context.stopping();
    if (stop !== null) throw new SchemaError({ what: stop, got: chore.name, cure: "The next run goes on from here." });
    const failure = await runChore(chore, ledger, context.print);
    if (failure !== null) failures.push(failure);
  }
  for (const reported of await reportedIndexes(context.session)) context.print(line("report", reportLine(reported)));
  await applyManifest(manifest, context, ["settings"]);
  context.print(
    line(
      "summary",
      `${chores.length} chore${chores.length === 1 ? "" : "s"}, ${failures.length} failed, in ${duration(performance.now() - started)}`,
    ),
  );
  if (failures.length > 0)
    throw new SchemaError({
      what: `Maintenance failed: ${failures.join("; ")}`,
      got: `${failures.length} of ${chores.length} chores`,
      cure: "Follow the warnings above (rows in a default partition stand in the way of new partitions), or end the sessions that hold locks, and run maintain again.",
    });
}
