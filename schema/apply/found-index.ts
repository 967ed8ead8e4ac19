import { qualified, rowsOf, type Session } from "../database/sql";
import { indexMeaning } from "../plan/inspect/indexes";

export interface TableName {
  schema: string;
  name: string;
}

export interface FoundIndex {
  valid: boolean;
  building: boolean;
  meaning: string;
}

export async function findIndex(session: Session, index: TableName): Promise<FoundIndex | null> {
  const [row] = await rowsOf<{ valid: boolean; building: boolean }>(
    session,
    `select indisvalid and indisready as valid,
            exists (select from pg_stat_progress_create_index where index_relid = indexrelid) as building
     from pg_index where indexrelid = to_regclass($1)`,
    [qualified(index)],
  );
  return row === undefined ? null : { ...row, meaning: await indexMeaning(session, qualified(index)) };
}

export async function dropConcurrently(session: Session, index: TableName): Promise<void> {
  await session.query(`drop index concurrently if exists ${qualified(index)}`);
}
