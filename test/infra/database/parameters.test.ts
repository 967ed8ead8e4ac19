import { catalogue } from "../../../infra/database/catalogue/catalogue";
import { instanceClasses, type InstanceClass } from "../../../infra/database/instance-classes";
import {
  groupParameters,
  maxConnections,
  parameterDefinition,
  parameterProblem,
  standbyParameters,
} from "../../../infra/database/parameters";

const small = instanceClasses.get("db.t4g.small") as InstanceClass;
const valueOf = (role: "primary" | "replica", name: string, overrides = {}) =>
  groupParameters(role, overrides).find((parameter) => parameter.name === name);

describe("the parameter catalogue", () => {
  test("names every parameter once", () => {
    const names = catalogue.map((definition) => definition.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test("gives a reason and a check for every parameter", () => {
    for (const definition of catalogue) {
      expect(definition.why.length).toBeGreaterThan(10);
      expect(definition.range ?? definition.choices).toBeDefined();
    }
  });

  test("holds only values that it would accept from a user", () => {
    for (const definition of catalogue)
      if (definition.value !== undefined)
        expect([definition.name, parameterProblem(definition, definition.value, small)]).toEqual([
          definition.name,
          undefined,
        ]);
  });

  // PostgreSQL's pg_settings.context "postmaster", and what RDS documents as static.
  test.each([
    "max_connections",
    "shared_buffers",
    "shared_preload_libraries",
    "max_worker_processes",
    "max_wal_senders",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "track_activity_query_size",
    "autovacuum_max_workers",
    "autovacuum_freeze_max_age",
    "pg_stat_statements.max",
  ])("%s waits for a reboot", (name) => {
    expect(parameterDefinition(name)?.kind).toBe("static");
  });
});

describe("parameter groups", () => {
  test("each parameter has the apply method its kind demands", () => {
    expect(valueOf("primary", "max_connections")?.applyMethod).toBe("pending-reboot");
    expect(valueOf("primary", "work_mem")?.applyMethod).toBe("immediate");
  });

  test.each([
    ["rds.force_ssl", "1"],
    ["ssl_min_protocol_version", "TLSv1.2"],
    ["password_encryption", "scram-sha-256"],
    ["rds.accepted_password_auth_method", "scram"],
    ["log_parameter_max_length", "0"],
    ["log_parameter_max_length_on_error", "0"],
    ["pgaudit.log_parameter", "0"],
    ["log_statement", "ddl"],
    ["random_page_cost", "1.1"],
  ])("primary and replica have %s = %s", (name, value) => {
    expect(valueOf("primary", name)?.value).toBe(value);
    expect(valueOf("replica", name)?.value).toBe(value);
  });

  test("replicas differ from the primary only in what concerns standbys", () => {
    const primary = new Set(groupParameters("primary").map(({ name, value }) => `${name}=${value}`));
    const extra = groupParameters("replica").filter(({ name, value }) => !primary.has(`${name}=${value}`));
    expect(extra.map((parameter) => parameter.name)).toEqual(["hot_standby_feedback", "max_standby_streaming_delay"]);
    expect(groupParameters("replica").length - extra.length).toBe(primary.size);
  });

  test("all five parameters that a standby must not have lower are explicit on both", () => {
    for (const name of standbyParameters) expect(valueOf("replica", name)).toEqual(valueOf("primary", name));
  });

  test("sorted, so that adding one moves no other", () => {
    const names = groupParameters("primary").map((parameter) => parameter.name);
    expect(names).toEqual([...names].sort());
  });

  test("a user's value replaces the catalogue's, with booleans as RDS writes them", () => {
    expect(valueOf("primary", "work_mem", { work_mem: 4096 })?.value).toBe("4096");
    expect(valueOf("primary", "track_io_timing", { track_io_timing: false })?.value).toBe("0");
  });

  test("a parameter known without a value appears only when a user gives one", () => {
    expect(valueOf("primary", "shared_buffers")).toBeUndefined();
    expect(valueOf("primary", "shared_buffers", { shared_buffers: 32768 })).toEqual({
      name: "shared_buffers",
      value: "32768",
      applyMethod: "pending-reboot",
    });
  });

  test("max_connections is RDS's formula unless it is given", () => {
    expect(maxConnections(small)).toBe(180);
    expect(maxConnections(small, { max_connections: 300 })).toBe(300);
  });
});
