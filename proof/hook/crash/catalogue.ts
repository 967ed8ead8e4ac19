import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { Client, type ClientConfig } from "pg";

import { postgresBinary } from "../../support/throwaway-postgres";

/** What pg_dump does not say, or says only of valid things; and the rows that nobody writes to. Each gives lines of text. */
const MORE = [
  `select format('index %s valid %s ready %s of %s', indexrelid::regclass, indisvalid, indisready, indrelid::regclass) as line
   from pg_index join pg_class on pg_class.oid = indexrelid where relnamespace::regnamespace::text !~ '^pg_'`,
  `select format('constraint %s of %s validated %s', conname, conrelid::regclass, convalidated) as line
   from pg_constraint where contype in ('f', 'c') and connamespace::regnamespace::text !~ '^pg_'`,
  `select format('partman %s', to_jsonb(part_config) - 'maintenance_last_run') as line from partman.part_config`,
  // Rows older than the writer's: they may sit in a partition, or in a table that left by retention.
  `select format('old rows of %s: %s', class.oid::regclass,
                 (xpath('/row/said/text()', query_to_xml(format(
                   'select count(*) || '' '' || coalesce(sum(hashtextextended(old::text, 0)), 0) as said
                    from only %s as old where appointment_date < current_date - 150', class.oid::regclass), false, true, '')))[1]) as line
   from pg_class class join pg_attribute on attrelid = class.oid and attname = 'appointment_date'
   where relkind = 'r' and relname ~ '^appointments' and relnamespace = 'public'::regnamespace`,
  `select format('role %s login %s member of %s with %s', rolname, rolcanlogin,
                 (select array_agg(roleid::regrole::text order by 1) from pg_auth_members where member = pg_roles.oid), rolconfig) as line
   from pg_roles where rolname !~ '^pg_'`,
  `select format('statistics target %s.%s %s', attrelid::regclass, attname, attstattarget) as line
   from pg_attribute join pg_class on pg_class.oid = attrelid
   where attnum > 0 and relkind in ('r', 'p') and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'`,
];

/** What the hook may drop one day because it made it. */
const OWNED = `select format('plinth owns %s %s.%s of %s: %s', kind, schema, name, belongs_to, meaning) as line from plinth.owned`;

/** Lines that differ between two runs of pg_dump on equal catalogues. */
const NOISE = /^(--|\\restrict|\\unrestrict|$)/;

/**
 * The whole catalogue of a database as sorted lines: equal exactly when the databases are. Statements of several lines
 * are kept together, so that a column cannot pass for another table's.
 */
export async function catalogueOf(connection: ClientConfig): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    postgresBinary("pg_dump"),
    [
      ...["--schema-only", "--host", connection.host ?? "", "--port", String(connection.port)],
      ...["--username", connection.user ?? "", connection.database ?? ""],
    ],
    { env: { ...process.env, PGPASSWORD: String(connection.password) }, maxBuffer: 64 * 1024 * 1024 },
  );
  const statements = stdout
    .split("\n\n")
    .map((text) =>
      text
        .split("\n")
        .filter((line) => !NOISE.test(line))
        .join("\n"),
    )
    .filter((text) => text !== "");
  const client = new Client(connection);
  await client.connect();
  try {
    const [owned] = (await client.query<{ there: boolean }>("select to_regclass('plinth.owned') is not null as there"))
      .rows;
    for (const query of owned?.there === true ? [...MORE, OWNED] : MORE)
      statements.push(...(await client.query<{ line: string }>(query)).rows.map(({ line }) => line));
  } finally {
    await client.end();
  }
  return statements.sort();
}

/** What one catalogue has and the other has not, in both directions; empty when they are the same. */
export function catalogueDifferences(found: string[], wanted: string[]): string[] {
  const has = new Set(found);
  const should = new Set(wanted);
  return [
    ...found.filter((line) => !should.has(line)).map((line) => `unexpected: ${line}`),
    ...wanted.filter((line) => !has.has(line)).map((line) => `missing: ${line}`),
  ];
}
