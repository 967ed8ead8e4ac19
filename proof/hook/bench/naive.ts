import { Client } from "pg";

import { createIndexSql } from "../../../schema/plan/index-sql";
import { manifestSchema } from "../../../schema/manifest/manifest-schema";
import { qualified } from "../../../schema/database/sql";
import type { Arena, Contender } from "./contender";
import { benchManifest } from "./the-hook";

async function withClient<T>(arena: Arena, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...arena.superuser, application_name: "bench-naive" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What a migration without care does: CREATE INDEX, one after another. */
export const naiveIndexes: Contender = {
  name: "plain CREATE INDEX",
  what: "the manifest's indexes of appointments without CONCURRENTLY",
  run: (arena) =>
    withClient(arena, async (client) => {
      const manifest = manifestSchema.parse(benchManifest("none"));
      const table = manifest.tables.find(({ name }) => name === "appointments");
      if (table === undefined) throw new Error("the clinic has no appointments");
      for (const index of table.indexes) {
        await client.query(createIndexSql(index, { name: index.name, on: qualified(table), concurrently: false }));
        arena.phaseEnded("indexes");
      }
      return [`${table.indexes.length} indexes`];
    }),
};

const MONTHS = `
  select format('create table appointments_p%s partition of appointments for values from (%L) to (%L)',
                to_char(month, 'YYYY_MM'), month::date, (month + interval '1 month')::date) as statement
  from generate_series((select date_trunc('month', min(appointment_date)) from appointments_old),
                       (select max(appointment_date) from appointments_old) + interval '6 months', interval '1 month') as month`;

/** What a maintenance window without the window is: lock, copy, swap, in one transaction. */
export const naiveConversion: Contender = {
  name: "offline copy",
  what: "one transaction: lock, rename, copy all rows into monthly partitions, build the keys and foreign keys",
  run: (arena) =>
    withClient(arena, async (client) => {
      await client.query("begin");
      await client.query("lock table appointments in access exclusive mode");
      await client.query("alter table appointments rename to appointments_old");
      await client.query("alter table appointments_old rename constraint appointments_pkey to appointments_old_pkey");
      await client.query(
        "create table appointments (like appointments_old including defaults including constraints including identity) partition by range (appointment_date)",
      );
      const { rows } = await client.query<{ statement: string }>(MONTHS);
      for (const { statement } of rows) await client.query(statement);
      await client.query("insert into appointments overriding system value select * from appointments_old");
      await client.query(
        "alter table appointments add constraint appointments_pkey primary key (id, appointment_date)",
      );
      await client.query(
        "select setval(pg_get_serial_sequence('appointments', 'id'), (select max(id) from appointments_old))",
      );
      await client.query("grant select, insert, update, delete on appointments to public");
      await client.query("drop table appointments_old");
      await client.query("commit");
      arena.phaseEnded("conversion");
      return [`${rows.length} partitions`];
    }),
};
