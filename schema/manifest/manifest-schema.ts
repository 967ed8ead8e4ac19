import { z } from "zod";

/** An identifier as the manifest spells it. 63 bytes is NAMEDATALEN - 1: Postgres would silently cut a longer one. */
const identifier = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_$]*$/, "must be a plain identifier: letters, digits, _ or $, not starting with a digit")
  .refine((name) => Buffer.byteLength(name) <= 63, "must be at most 63 bytes: Postgres cuts longer names");

const sqlText = z.string().trim().min(1, "must not be empty");

const setting = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const extensionSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9_-]+$/, "must be an extension name"),
  /** Schema to install into. @default the server's default */
  schema: identifier.optional(),
});

export const roleSchema = z.strictObject({
  name: identifier,
  /** May log in; its password is read from the password directory. @default false */
  login: z.boolean().default(false),
  /** Roles it is a member of. */
  memberOf: z.array(identifier).default([]),
  /** Settings that every session of the role starts with. */
  settings: z.record(identifier, setting).default({}),
});

export const schemaSchema = z.strictObject({
  name: identifier,
  /** Owning role. @default the role that runs the hook */
  owner: identifier.optional(),
  /** Roles that may use what is in it. */
  usage: z.array(identifier).default([]),
});

const tablePrivilege = z.enum(["select", "insert", "update", "delete", "truncate", "references", "trigger"]);
const sequencePrivilege = z.enum(["usage", "select", "update"]);

export const grantSchema = z.strictObject({
  role: identifier,
  /** Schema whose tables and sequences, present and future, are meant. */
  schema: identifier,
  tables: z.array(tablePrivilege).default([]),
  sequences: z.array(sequencePrivilege).default([]),
  /** Role whose future objects are granted. @default the role that runs the hook */
  createdBy: identifier.optional(),
});

export const indexSchema = z.strictObject({
  name: identifier,
  unique: z.boolean().default(false),
  method: z.enum(["btree", "hash", "gin", "gist", "spgist", "brin"]).default("btree"),
  /** Columns or expressions as in CREATE INDEX, each with its order or operator class: "appointment_date desc". */
  keys: z.array(sqlText).min(1, "must name at least one column or expression"),
  /** Columns carried along so that an index-only scan can answer. */
  include: z.array(identifier).default([]),
  /** Predicate of a partial index. */
  where: sqlText.optional(),
  /** Storage parameters, e.g. fillfactor. */
  with: z.record(identifier, setting).default({}),
  /** Why the index exists: the query or rule that asks for it. */
  purpose: sqlText,
});

export const statisticsSchema = z.strictObject({
  name: identifier,
  kinds: z.array(z.enum(["ndistinct", "dependencies", "mcv"])).min(1),
  columns: z.array(sqlText).min(2, "must name at least two columns"),
});

export const partitionSchema = z.strictObject({
  /** Column (date or timestamp) by whose ranges the table is partitioned. */
  column: identifier,
  /** Width of one partition as a Postgres interval. pg_partman 5 no longer takes names such as "monthly". */
  interval: z.enum(["1 day", "1 week", "1 month", "3 months", "1 year"]).default("1 month"),
  /** Number of partitions kept ready ahead of now. */
  premake: z.number().int().min(1).max(60).default(4),
  /** Age after which a partition leaves the table; it is kept as a table of its own, never dropped. */
  retention: z
    .string()
    .regex(/^\d+ (day|week|month|year)s?$/, 'must be an interval such as "7 years"')
    .optional(),
  /**
   * What becomes of the rows that a live table already has. split: they are copied into partitions of their own while
   * the application goes on. whole: the table itself becomes the one partition of the past; no row moves.
   * @default split
   */
  history: z.enum(["split", "whole"]).default("split"),
});

export const tableSchema = z.strictObject({
  name: identifier,
  schema: identifier.default("public"),
  partition: partitionSchema.optional(),
  indexes: z.array(indexSchema).default([]),
  statistics: z.array(statisticsSchema).default([]),
  /** Storage parameters, above all autovacuum's; on a partitioned table they go to every partition. */
  settings: z.record(identifier, setting).default({}),
});

export const routineSchema = z.strictObject({
  name: identifier,
  schema: identifier.default("public"),
  kind: z.enum(["function", "procedure"]),
  /** Types of the input arguments by their full names, e.g. "date, time without time zone". */
  argumentTypes: z.string(),
  /** Tables it cannot work without: it is pending until they exist. */
  needs: z.array(identifier).default([]),
  /** Roles that may call it; nobody else may. */
  execute: z.array(identifier).default([]),
  /** The whole CREATE OR REPLACE statement. */
  sql: sqlText,
});

/** What the recurring maintenance may do beside partitions and statistics. */
export const maintenanceSchema = z.strictObject({
  /** A B-tree that wastes at least this much, in MiB and as a share of itself, is rebuilt concurrently. */
  reindex: z
    .strictObject({
      /** pghero warns from 100 MB. */
      wastedMiB: z.number().min(1).default(100),
      wastedPercent: z.number().min(1).max(99).default(40),
    })
    .prefault({}),
});

export const manifestSchema = z.strictObject({
  version: z.literal(1),
  application: z.string().regex(/^[a-z][a-z0-9-]*$/, "must be a lower-case name"),
  extensions: z.array(extensionSchema).default([]),
  roles: z.array(roleSchema).default([]),
  schemas: z.array(schemaSchema).default([]),
  grants: z.array(grantSchema).default([]),
  tables: z.array(tableSchema).default([]),
  routines: z.array(routineSchema).default([]),
  maintenance: maintenanceSchema.prefault({}),
});

/** What an application wants its database to look like, validated. */
export type Manifest = z.output<typeof manifestSchema>;
/** The same as an author writes it, defaults left out. */
export type ManifestInput = z.input<typeof manifestSchema>;
export type WantedTable = Manifest["tables"][number];
export type WantedIndex = WantedTable["indexes"][number];
export type WantedStatistics = WantedTable["statistics"][number];
export type WantedPartition = NonNullable<WantedTable["partition"]>;
export type WantedRole = Manifest["roles"][number];
export type WantedSchema = Manifest["schemas"][number];
export type WantedGrant = Manifest["grants"][number];
export type WantedRoutine = Manifest["routines"][number];
export type WantedExtension = Manifest["extensions"][number];
