import { literal, qualified, quote, rowsOf, type Session } from "../../database/sql";
import { SchemaError } from "../../errors";
import type { TableName } from "../attachments";
import { withSettings } from "../session-settings";
import { milestoneSql, type PartitionProof } from "../state";
import { logTable } from "./change-log";
import { keysEqual, type Source } from "./source";

interface Bounds {
  partition: string;
  lower: string | null;
  upper: string | null;
}

interface Sum {
  rows: string;
  checksum: string;
}

async function boundsOf(session: Session, shadow: TableName): Promise<Bounds[]> {
  return rowsOf<Bounds & Record<string, unknown>>(
    session,
    `select inhrelid::regclass::text as partition, range[1] as lower, range[2] as upper
     from pg_inherits
     join pg_class class on class.oid = inhrelid
     cross join lateral regexp_match(pg_get_expr(class.relpartbound, class.oid), $$FROM \\('([^']*)'\\) TO \\('([^']*)'\\)$$) as range
     where inhparent = $1::regclass
     order by range[1]::timestamptz nulls last`,
    [qualified(shadow)],
  );
}

/** Count and order-independent checksum of all columns, of rows that no logged change is pending for. */
function sumSql(relation: string, group: string, source: Source): string {
  return `
    select ${group} as part, count(*)::text as rows,
           coalesce(sum(hashtextextended(row(${source.allColumns.map((column) => `counted.${column}`).join(", ")})::text, 0)::numeric), 0)::text as checksum
    from ${relation} as counted
    where not exists (select from ${logTable(source.oid)} as pending where ${keysEqual(source, "pending", "counted")})
    group by 1`;
}

/** The partition of each number that width_bucket gives; both ends, and gaps, are the default partition's. */
function partitionOfBucket(bounds: Bounds[]): { thresholds: string[]; partitions: string[] } {
  const rest = bounds.find((each) => each.lower === null)?.partition ?? "(no partition)";
  const thresholds: string[] = [];
  const partitions = [rest];
  for (const { partition, lower, upper } of bounds) {
    if (lower === null || upper === null) continue;
    if (thresholds.at(-1) === lower) partitions.pop();
    else thresholds.push(lower);
    thresholds.push(upper);
    partitions.push(partition, rest);
  }
  return { thresholds, partitions };
}

/**
 * Compares the table with its successor, partition by partition, in one snapshot. Rows with a change still in the log
 * are left out on both sides: they will be brought over by state.
 * @throws SchemaError naming the partitions that differ; nothing has been cut over then.
 */
export async function prove(
  session: Session,
  source: Source,
  shadow: TableName,
  conversion: string,
  column: string,
): Promise<PartitionProof[]> {
  const bounds = await boundsOf(session, shadow);
  const { thresholds, partitions } = partitionOfBucket(bounds);
  const [type] = await rowsOf<{ type: string }>(
    session,
    `select format_type(atttypid, null) as type from pg_attribute where attrelid = $1::regclass and attname = $2`,
    [source.name, column],
  );
  const bucket = `width_bucket(counted.${quote(column)}, array[${thresholds.map(literal).join(", ")}]::${type?.type ?? "date"}[])`;

  const expected = new Map<string, { rows: bigint; checksum: bigint }>();
  const found = new Map<string, Sum>();
  await withSettings(session, { max_parallel_workers_per_gather: "0", jit: "off" }, async () => {
    await session.query("begin isolation level repeatable read read only");
    try {
      for (const row of await rowsOf<Sum & { part: number }>(session, sumSql(source.name, bucket, source))) {
        const partition = partitions[row.part] ?? "(no partition)";
        const sum = expected.get(partition) ?? { rows: 0n, checksum: 0n };
        expected.set(partition, {
          rows: sum.rows + BigInt(row.rows),
          checksum: sum.checksum + BigInt(row.checksum),
        });
      }
      for (const row of await rowsOf<Sum & { part: string }>(
        session,
        sumSql(qualified(shadow), "counted.tableoid::regclass::text", source),
      ))
        found.set(row.part, row);
    } finally {
      await session.query("rollback");
    }
  });

  const proofs = bounds.map(({ partition }): PartitionProof & { expected: Sum } => {
    const want = expected.get(partition) ?? { rows: 0n, checksum: 0n };
    const have = found.get(partition) ?? { rows: "0", checksum: "0" };
    return {
      partition,
      ...{ rows: have.rows, checksum: have.checksum },
      expected: { rows: String(want.rows), checksum: String(want.checksum) },
    };
  });
  const differing = proofs.filter(
    (proof) => proof.rows !== proof.expected.rows || proof.checksum !== proof.expected.checksum,
  );
  if (differing.length > 0)
    throw new SchemaError({
      what: `The copy of ${source.name} is not what the table is: ${differing
        .map(
          (each) =>
            `${each.partition} has ${each.rows} rows with checksum ${each.checksum}, the table ${each.expected.rows} with ${each.expected.checksum}`,
        )
        .join("; ")}`,
      got: `${differing.length} of ${proofs.length} partitions differ`,
      cure: "Nothing was cut over: the table is untouched. Find out who wrote to the copy, take it back with plinth schema abort, and apply again.",
    });
  const kept = proofs.map(({ partition, rows, checksum }) => ({ partition, rows, checksum }));
  await session.query(
    `update plinth.conversion set proofs = ${literal(JSON.stringify(kept))}::jsonb where id = ${BigInt(conversion)};
     ${milestoneSql(conversion, "proven")}`,
  );
  return kept;
}
