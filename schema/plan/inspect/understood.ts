import { errorCode, errorMessage } from "../../errors";
import { qualified, quote, rowsOf, type Session } from "../../database/sql";
import type {
  Manifest,
  WantedIndex,
  WantedRoutine,
  WantedStatistics,
  WantedTable,
} from "../../manifest/manifest-schema";
import { createIndexSql } from "../index-sql";
import { createStatisticsSql } from "../statistics-sql";
import type { Facts, Understood } from "../facts";
import { indexMeaning } from "./indexes";
import { statisticsMeaning } from "./statistics";

/** undefined_column, undefined_table, undefined_object (operator class), undefined_function: may come with a later release. */
const NOT_THERE_YET = new Set(["42703", "42P01", "42704", "42883"]);

async function understand(session: Session, ask: () => Promise<string>): Promise<Understood> {
  await session.query("savepoint understand");
  try {
    return { kind: "meaning", meaning: await ask() };
  } catch (error) {
    await session.query("rollback to savepoint understand");
    const sqlState = errorCode(error);
    if (sqlState === "") throw error;
    if (NOT_THERE_YET.has(sqlState)) return { kind: "missing", what: errorMessage(error), sqlState };
    return { kind: "invalid", message: errorMessage(error), sqlState };
  } finally {
    await session.query("rollback to savepoint understand");
  }
}

/**
 * An empty temporary table of the same shape: statements about it cost nothing and lock nobody. Named by number: tables
 * of two schemas may share a name.
 */
async function makeShape(session: Session, table: WantedTable, number: number): Promise<string> {
  const shape = `pg_temp.plinth_shape_${number}`;
  await session.query(`create temporary table ${shape} (like ${qualified(table)})`);
  return shape;
}

export function understandIndex(session: Session, shape: string, index: WantedIndex): Promise<Understood> {
  return understand(session, async () => {
    await session.query(createIndexSql(index, { name: "plinth_wanted", on: shape, concurrently: false }));
    return indexMeaning(session, "pg_temp.plinth_wanted");
  });
}

function understandStatistics(session: Session, shape: string, statistics: WantedStatistics): Promise<Understood> {
  return understand(session, async () => {
    await session.query(createStatisticsSql(statistics, { name: "pg_temp.plinth_wanted", on: shape }));
    return statisticsMeaning(session, "plinth_wanted");
  });
}

/** What the server stores for the routine: it is replaced for the length of a savepoint that is always taken back. */
function understandRoutine(session: Session, routine: WantedRoutine): Promise<Understood> {
  return understand(session, async () => {
    try {
      await session.query(routine.sql);
    } catch (error) {
      // invalid_function_definition: the result type changed, so the new text can only follow a drop.
      if (errorCode(error) === "42P13") return `cannot replace in place: ${errorMessage(error)}`;
      throw error;
    }
    const [row] = await rowsOf<{ definition: string }>(
      session,
      `select pg_get_functiondef(oid) as definition from pg_proc
       where pronamespace = $1::regnamespace and proname = $2 and oidvectortypes(proargtypes) = $3`,
      [quote(routine.schema), routine.name, routine.argumentTypes],
    );
    if (row !== undefined) return row.definition;
    throw Object.assign(
      new Error(`the statement does not create ${routine.schema}.${routine.name}(${routine.argumentTypes})`),
      {
        code: "42P13",
      },
    );
  });
}

/** Asks the server for the meaning of everything the manifest wants on tables that exist. Call it in a voided transaction. */
export async function understandWanted(
  session: Session,
  manifest: Manifest,
  existing: Set<string>,
): Promise<Facts["wanted"]> {
  const wanted: Facts["wanted"] = { indexes: {}, statistics: {}, routines: {} };
  for (const [number, table] of manifest.tables.entries()) {
    if (!existing.has(`${table.schema}.${table.name}`)) continue;
    const shape = await makeShape(session, table, number);
    for (const index of table.indexes)
      wanted.indexes[`${table.schema}.${index.name}`] = await understandIndex(session, shape, index);
    for (const statistics of table.statistics)
      wanted.statistics[`${table.schema}.${statistics.name}`] = await understandStatistics(session, shape, statistics);
  }
  for (const routine of manifest.routines) {
    const key = `${routine.schema}.${routine.name}(${routine.argumentTypes})`;
    const gone = routine.needs.find((table) => ![...existing].some((name) => name.endsWith(`.${table}`)));
    wanted.routines[key] =
      gone === undefined
        ? await understandRoutine(session, routine)
        : { kind: "missing", what: `table ${gone} does not exist`, sqlState: "42P01" };
  }
  return wanted;
}
