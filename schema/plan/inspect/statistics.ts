import { rowsOf, type Session } from "../../database/sql";
import type { StatisticsFact } from "../facts";

const MEANING = `
  (select string_agg(kind, ',' order by kind) from unnest(s.stxkind) as kind)
  || ' on ' || pg_get_statisticsobjdef_columns(s.oid)`;

export async function statisticsFacts(session: Session, tables: string[]): Promise<StatisticsFact[]> {
  return rowsOf<StatisticsFact>(
    session,
    `select namespace.nspname::text as schema, s.stxname::text as name, class.relname::text as table, ${MEANING} as meaning
     from pg_statistic_ext s
     join pg_class class on class.oid = s.stxrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where namespace.nspname || '.' || class.relname = any ($1::text[])
     order by 1, 2`,
    [tables],
  );
}

export async function statisticsMeaning(session: Session, name: string): Promise<string> {
  const [row] = await rowsOf<{ meaning: string }>(
    session,
    `select ${MEANING} as meaning from pg_statistic_ext s where s.stxname = $1 and s.stxnamespace = pg_my_temp_schema()`,
    [name],
  );
  if (row === undefined) throw new Error(`no statistics ${name}`);
  return row.meaning;
}
