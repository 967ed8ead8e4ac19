import type { Facts, IndexFact, TableFact } from "../../../schema/plan/facts";

/** A database with nothing in it, to which a test adds what it is about. */
export function emptyFacts(change: Partial<Facts> = {}): Facts {
  return {
    server: {
      versionNum: 150020,
      database: "clinic",
      currentUser: "master",
      memberOf: ["master", "pg_database_owner"],
    },
    extensions: [],
    roles: [],
    schemas: [],
    relationPrivileges: [],
    defaultPrivileges: [],
    tables: [],
    indexes: [],
    statistics: [],
    routines: [],
    partman: null,
    owned: [],
    conversions: [],
    wanted: { indexes: {}, statistics: {}, routines: {} },
    ...change,
  };
}

export function plainTable(name: string, change: Partial<TableFact> = {}): TableFact {
  return {
    schema: "public",
    name,
    owner: "master",
    kind: "plain",
    estimatedRows: 1000,
    bytes: 100_000,
    columnBytes: { id: 8, day: 4 },
    partitionKey: null,
    partitionStrategy: null,
    leaves: [{ schema: "public", name, settings: {} }],
    partitionBlockers: [],
    ...change,
  };
}

export function indexOn(table: string, name: string, meaning: string, change: Partial<IndexFact> = {}): IndexFact {
  return { schema: "public", name, table, meaning, valid: true, building: false, constraint: false, ...change };
}
