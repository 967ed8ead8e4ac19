import { nearestPostgres } from "../../../../../local/processes/postgres-binaries";
import { effectiveParameters, localMemoryCeilingBytes } from "../../../../../local/providers/aws/rds/parameters";
import { parameterProblems } from "../../../../../local/providers/aws/rds/parameter-problems";

const binaries = nearestPostgres(15);
const large = {
  instanceClass: { name: "db.r6g.2xlarge", vcpus: 8, memoryGiB: 64 },
  allocatedStorageGiB: 100,
  port: 5432,
};
const ceiling = 256 * 1024 * 1024;
const row = (name: string, value: string, applyMethod: "immediate" | "pending-reboot" = "immediate") => ({
  name,
  value,
  applyMethod,
});

test("limits of a large class are kept, memory that would really be taken is capped, and the cap is said", () => {
  const effective = effectiveParameters([], large, binaries, ceiling);
  expect(effective.settings).toMatchObject({
    max_connections: "5000",
    max_worker_processes: "16",
    shared_buffers: "32768",
  });
  expect(Number(effective.settings.effective_cache_size)).toBeGreaterThan(3_000_000);
  expect(effective.capped).toEqual([
    expect.stringMatching(/^shared_buffers \d+ → 32768$/),
    expect.stringMatching(/^maintenance_work_mem \d+ → 262144$/),
  ]);
});

test("the memory ceiling is a sixty-fourth of the machine, within 64 MB and 512 MB", () => {
  const gib = 1024 ** 3;
  expect([1, 16, 256].map((size) => localMemoryCeilingBytes(size * gib) / 1024 ** 2)).toEqual([64, 256, 512]);
});

test("RDS's own parameters become what they mean for the server", () => {
  const rows = [
    row("rds.force_ssl", "0"),
    row("rds.logical_replication", "1", "pending-reboot"),
    row("rds.accepted_password_auth_method", "scram"),
    row("rds.allowed_extensions", "pg_trgm, hstore"),
  ];
  const effective = effectiveParameters(rows, large, binaries, ceiling);
  expect(effective).toMatchObject({ forceSsl: false, passwordMethod: "scram-sha-256" });
  expect(effective.settings).toMatchObject({ wal_level: "logical", "extwlist.extensions": "pg_trgm,hstore" });
  expect(Object.keys(effective.settings).filter((name) => name.startsWith("rds."))).toEqual([]);
});

test("libraries and parameters this machine's server lacks are left out by name", () => {
  const rows = [
    row("shared_preload_libraries", "pg_stat_statements,pg_hint_plan_of_tomorrow", "pending-reboot"),
    row("transaction_timeout", "5000"),
  ];
  const effective = effectiveParameters(rows, large, { ...binaries, major: 15 }, ceiling);
  expect(effective.settings.shared_preload_libraries).toBe("pg_stat_statements");
  expect(effective.notApplied).toContain("shared_preload_libraries: pg_hint_plan_of_tomorrow (not installed)");
});

test.each([
  [row("work_mem", "3"), "parameters[0].value", /3 kB is outside the valid range .* \(64 \.\. 2147483647\)/],
  [row("work_mem", "8MB"), "parameters[0].value", /takes a whole number in its own unit or a formula, not '8MB'/],
  [
    row("synchronous_commit", "maybe"),
    "parameters[0].value",
    /Available values: local, remote_write, remote_apply, on, off/,
  ],
  [
    row("shared_buffers", "16384"),
    "parameters[0].applyMethod",
    /InvalidParameterCombination: cannot use immediate apply method for static parameter shared_buffers/,
  ],
  [row("pg_stat_statements.max", "5000"), "parameters[0].applyMethod", /static parameter pg_stat_statements.max/],
  [row("max_conections", "10"), "parameters[0].name", /could not find parameter max_conections/],
  [row("listen_addresses", "*", "pending-reboot"), "parameters[0].name", /cannot be modified on RDS/],
  [row("fsync", "0"), "parameters[0].name", /cannot be modified on RDS/],
  [row("rds.force_ssl", "yes"), "parameters[0].value", /rds.force_ssl takes 0, 1, not 'yes'/],
  [row("io_method", "worker", "pending-reboot"), "parameters[0].name", /came with PostgreSQL 18, the family has 17/],
  [row("effective_cache_size", "{DBInstanceClassMem/2}"), "parameters[0].value", /is not a formula variable/],
])("%j is refused at %s", (parameter, property, reason) => {
  const problems = parameterProblems([parameter], 17, binaries);
  expect(problems).toEqual([{ property, reason: expect.stringMatching(reason) as string }]);
});

test("a parameter set twice is refused, and right ones beside wrong ones are not", () => {
  const problems = parameterProblems(
    [row("work_mem", "8192"), row("work_mem", "4096"), row("autovacuum", "1"), row("random_page_cost", "1.1")],
    17,
    binaries,
  );
  expect(problems).toEqual([{ property: "parameters[1].name", reason: "work_mem is set twice in this group" }]);
});

test("a parameter newer than the local server but not than the family is accepted", () => {
  expect(parameterProblems([row("transaction_timeout", "5000")], 17, binaries)).toEqual([]);
});
