import type { OwnedObject } from "./owned-sql";
import type { WantedPartition } from "../manifest/manifest-schema";

/** What the live catalogue says about everything the manifest mentions. Plain data: a plan is computed from it alone. */
export interface Facts {
  server: ServerFacts;
  extensions: ExtensionFact[];
  roles: RoleFact[];
  schemas: SchemaFact[];
  relationPrivileges: RelationPrivilegesFact[];
  defaultPrivileges: DefaultPrivilegeFact[];
  tables: TableFact[];
  indexes: IndexFact[];
  statistics: StatisticsFact[];
  routines: RoutineFact[];
  partman: PartmanFact | null;
  /** Objects that earlier runs made and noted as ours. */
  owned: OwnedObject[];
  /** Conversions to partitions that a run began and none has finished. */
  conversions: ConversionFact[];
  /** How this server understands each wanted object, by `schema.name` (routines: with their argument types). */
  wanted: {
    indexes: Record<string, Understood>;
    statistics: Record<string, Understood>;
    routines: Record<string, Understood>;
  };
}

/** A wanted definition after the server's own parser: its meaning, or why it has none yet, or why it never will. */
export type Understood =
  | { kind: "meaning"; meaning: string }
  | { kind: "missing"; what: string; sqlState: string }
  | { kind: "invalid"; message: string; sqlState: string };

export interface ServerFacts {
  versionNum: number;
  database: string;
  currentUser: string;
  /** Roles whose objects the current user may alter. */
  memberOf: string[];
}

export interface ExtensionFact {
  name: string;
  availableVersion: string | null;
  installedVersion: string | null;
  schema: string | null;
}

export interface RoleFact {
  name: string;
  login: boolean;
  superuser: boolean;
  memberOf: string[];
  settings: Record<string, string>;
  /** Whether the server takes the password we hold; null when we hold none. */
  passwordAccepted: boolean | null;
}

export interface SchemaFact {
  name: string;
  owner: string;
  usage: string[];
  /** Everybody may create objects in it: the default of `public` before Postgres 15. */
  publicMayCreate: boolean;
}

export interface RelationPrivilegesFact {
  schema: string;
  name: string;
  kind: "table" | "sequence";
  owner: string;
  /** role → privileges in lower case */
  privileges: Record<string, string[]>;
}

export interface DefaultPrivilegeFact {
  createdBy: string;
  schema: string;
  objects: "tables" | "sequences";
  role: string;
  privilege: string;
}

export type PartitionBlockerKind =
  | "inbound-foreign-key"
  | "unique-without-key"
  | "transition-trigger"
  | "key-setting-trigger"
  | "rule"
  | "forced-row-security"
  | "replica-identity"
  | "dependent-routine"
  | "dependent-view"
  | "inheritance"
  | "publication"
  | "exclusion-constraint"
  | "key-column-missing"
  | "key-column-type"
  | "key-column-nulls";

export interface TableFact {
  schema: string;
  name: string;
  owner: string;
  kind: "plain" | "partitioned" | "partition" | "other";
  /** -1: never analysed. */
  estimatedRows: number;
  bytes: number;
  /** Average width of each column that was analysed, in bytes. */
  columnBytes: Record<string, number>;
  partitionKey: string | null;
  partitionStrategy: "range" | "list" | "hash" | null;
  /** The tables that hold rows: the table itself, or its partitions. */
  leaves: { schema: string; name: string; settings: Record<string, string> }[];
  /** What stands against converting it to partitions by the wished column; empty when nothing does or none is wished. */
  partitionBlockers: { kind: PartitionBlockerKind; name: string; detail: string }[];
}

export interface IndexFact {
  schema: string;
  name: string;
  table: string;
  meaning: string;
  valid: boolean;
  /** A session is building it right now. */
  building: boolean;
  /** Belongs to a primary key, unique or exclusion constraint. */
  constraint: boolean;
}

export interface StatisticsFact {
  schema: string;
  name: string;
  table: string;
  meaning: string;
}

export interface RoutineFact {
  schema: string;
  name: string;
  argumentTypes: string;
  kind: "function" | "procedure" | "other";
  definition: string;
  execute: string[];
  publicMayExecute: boolean;
}

export interface ConversionFact {
  schema: string;
  name: string;
  /** The last milestone reached. */
  phase: string;
  cutOver: boolean;
  wish: WantedPartition;
}

export interface PartmanFact {
  version: string;
  schema: string;
  sets: PartmanSetFact[];
}

export interface PartmanSetFact {
  parent: string;
  control: string;
  interval: string;
  premake: number;
  retention: string | null;
  retentionKeepsTable: boolean;
}
