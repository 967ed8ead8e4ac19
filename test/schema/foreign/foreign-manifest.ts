import type { ManifestInput } from "../../../schema/manifest/manifest-schema";

type Table = NonNullable<ManifestInput["tables"]>[number];

/** Their own indexes, declared by what they mean: under their names, or under ours where the name does not matter. */
const theirs = (reminders: string): Table[] => [
  {
    schema: "pgboss",
    name: reminders,
    indexes: [
      {
        name: `${reminders}_i1`,
        unique: true,
        keys: ["name", "coalesce(singleton_key, '')"],
        where: "state = 'created' and policy = 'short'",
        purpose: "theirs: expression, partial, unique",
      },
      {
        name: `${reminders}_i5`,
        keys: ["name", "start_after"],
        include: ["priority", "created_on", "id"],
        where: "state < 'active'",
        purpose: "theirs: partial, covering",
      },
      {
        name: "reminders_singletons",
        unique: true,
        keys: ["name", "singleton_on", "coalesce(singleton_key, '')"],
        where: "state <> 'cancelled' and singleton_on is not null",
        purpose: "theirs under another name",
      },
    ],
  },
  {
    schema: "pgq",
    name: "tick",
    indexes: [{ name: "tick_pkey", unique: true, keys: ["tick_queue", "tick_id"], purpose: "theirs: composite key" }],
  },
];

/** For the foreign schemas; `reminders` is the partition of that queue, which pg-boss names after a digest. */
export const foreignManifest = (reminders: string): ManifestInput => ({
  version: 1,
  application: "foreign",
  extensions: [{ name: "pg_partman", schema: "partman" }],
  tables: [
    ...theirs(reminders),
    {
      schema: "webApp",
      name: "UserSession",
      partition: { column: "expire" },
      indexes: [
        { name: "IDX_session_expire", keys: ["expire"], purpose: "theirs: mixed case" },
        {
          name: "IDX_session_User",
          keys: ["(sess ->> 'userId')"],
          where: "(sess ->> 'userId') is not null",
          purpose: "ours: expression, partial",
        },
      ],
    },
    {
      schema: "kioskApp",
      name: "VisitorSession",
      partition: { column: "expire", premake: 2 },
      indexes: [
        { name: "IDX_session_expire", keys: ["expire"], purpose: "theirs: the same name in another schema" },
        {
          name: "VisitorSession_Sid",
          unique: true,
          keys: ['"sid"', '"expire" desc'],
          purpose: "ours: quoted as its author likes it",
        },
      ],
    },
    {
      schema: "pgboss",
      name: "job",
      indexes: [
        {
          name: "Job_Failed_At",
          keys: ["completed_on desc"],
          where: "state = 'failed'",
          purpose: "ours: on every list partition",
        },
      ],
    },
    {
      schema: "pgboss",
      name: "archive",
      partition: { column: "archived_on", interval: "1 month", premake: 2 },
      indexes: [
        { name: "archive_i1", keys: ["archived_on"], purpose: "theirs" },
        { name: "archive_by_name", keys: ["lower(name)", "created_on desc"], purpose: "ours: expression" },
      ],
    },
    {
      schema: "pgboss",
      name: "subscription",
      indexes: [
        { name: "subscription_name", keys: ["name", "event"], purpose: "ours: on a table with a composite key" },
      ],
    },
    {
      schema: "pgq",
      name: "subscription",
      indexes: [{ name: "subscription_pkey", unique: true, keys: ["sub_queue", "sub_consumer"], purpose: "theirs" }],
    },
    // A parent and a child: an index of the one is none of the other.
    {
      schema: "pgq",
      name: "event_1",
      indexes: [{ name: "event_1_type", keys: ["ev_type"], purpose: "ours: on an inheritance parent" }],
    },
    {
      schema: "pgq",
      name: "event_1_0",
      partition: { column: "ev_time" },
      indexes: [
        { name: "event_1_0_txid_idx", keys: ["ev_txid"], purpose: "theirs" },
        {
          name: "event_1_0_recent",
          keys: ["ev_time desc"],
          where: "ev_retry is null",
          purpose: "ours: on an inheritance child",
        },
      ],
    },
  ],
});
