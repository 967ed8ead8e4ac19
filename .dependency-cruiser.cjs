// The arrows between rooms. `cli`, `proof` and `test` may look into any room; the rooms do not look into each other.
const rooms = ["infra", "schema", "policies", "local", "client", "advisor"];

module.exports = {
  forbidden: [
    ...rooms.map((room) => ({
      name: `${room}-stands-alone`,
      comment: `${room}/ must not import another room: what they share travels as data.`,
      severity: "error",
      from: { path: `^${room}/` },
      to: { path: `^(${[...rooms.filter((other) => other !== room), "cli", "proof", "test"].join("|")})/` },
    })),
    {
      name: "rooms-do-not-import-cli",
      severity: "error",
      from: { path: "^proof/" },
      to: { path: "^(cli|test)/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-dev-dependency-at-run-time",
      severity: "error",
      from: { path: "^(infra|schema|policies|local|client|advisor|cli|proof)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm"] },
    },
    {
      name: "client-knows-no-pulumi",
      severity: "error",
      from: { path: "^(client|schema)/" },
      to: { path: "@pulumi" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};
