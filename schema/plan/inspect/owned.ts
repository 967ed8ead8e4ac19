import { rowsOf, type Session } from "../../database/sql";
import type { OwnedObject } from "../owned-sql";

/** What earlier runs for this application made and noted as theirs; nothing before the first run. */
export async function ownedFacts(session: Session, application: string): Promise<OwnedObject[]> {
  const [present] = await rowsOf<{ present: boolean }>(
    session,
    "select to_regclass('plinth.owned') is not null as present",
  );
  if (!present?.present) return [];
  return rowsOf<OwnedObject & Record<string, unknown>>(
    session,
    `select kind, schema, name, belongs_to as "belongsTo", meaning, application
     from plinth.owned where application = $1 order by 1, 2, 3, 4`,
    [application],
  );
}
