import { escapeIdentifier, escapeLiteral, type ClientBase, type QueryResultRow } from "pg";

/** Anything that runs statements one after another on one session. */
export type Session = Pick<ClientBase, "query">;

export async function rowsOf<Row extends QueryResultRow>(
  session: Session,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return (await session.query<Row>(text, values)).rows;
}

export const quote = escapeIdentifier;
export const literal = escapeLiteral;

export function qualified(object: { schema: string; name: string }): string {
  return `${quote(object.schema)}.${quote(object.name)}`;
}

/** Runs `work` in a transaction and always takes it back: for asking the server what it would make of a statement. */
export async function inVoidedTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query("begin");
  try {
    return await work();
  } finally {
    await session.query("rollback");
  }
}

export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query("begin");
  try {
    const result = await work();
    await session.query("commit");
    return result;
  } catch (error) {
    await session.query("rollback");
    throw error;
  }
}
