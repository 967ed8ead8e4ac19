import { nearestPostgres } from "../../../local/processes/postgres-binaries";
import { renderHba, renderPostgresConf } from "../../../local/processes/postgres-config";
import { parseBadValues, parseDescribeConfig, renderSettings } from "../../../local/processes/postgres-settings";

const installed = [13, 15].map((major) => ({ major, version: `${major}.1`, binDirectory: "", libDirectory: "" }));

test("the nearest installed version is itself, else the newest older one, else the oldest", () => {
  expect([12, 13, 14, 15, 17].map((asked) => nearestPostgres(asked, installed).major)).toEqual([13, 13, 13, 15, 15]);
  expect(() => nearestPostgres(17, [])).toThrow(/no Postgres is installed .* run 'make setup'/);
});

test("the server's own description of its settings is read", () => {
  const text =
    "max_connections\tpostmaster\tGroup\tINTEGER\t100\t1\t262143\tSets it.\t\nssl\tsighup\tG\tBOOLEAN\tFALSE\t\t\tX\t\n";
  expect(parseDescribeConfig(text)).toEqual([
    { name: "max_connections", context: "postmaster", type: "INTEGER", minimum: 1, maximum: 262_143 },
    { name: "ssl", context: "sighup", type: "BOOLEAN" },
  ]);
});

test("complaints of the server are taken with their hints, unknown names are not complaints about values", () => {
  const log = [
    '2026-11-23 14:26:01.359 GMT [1] LOG:  invalid value for parameter "synchronous_commit": "maybe"',
    "2026-11-23 14:26:01.359 GMT [1] HINT:  Available values: on, off.",
    '2026-11-23 14:26:01.359 GMT [1] LOG:  unrecognized configuration parameter "x" in file "f" line 1',
    "2026-11-23 14:26:01.359 GMT [1] FATAL:  configuration file contains errors",
  ].join("\n");
  expect(parseBadValues(log)).toEqual([
    {
      name: "synchronous_commit",
      reason: 'invalid value for parameter "synchronous_commit": "maybe" (Available values: on, off.)',
    },
  ]);
});

test("values are quoted, and lines are in order so that a file only changes when something did", () => {
  expect(renderSettings({ b: "it's", a: "1" })).toBe("a = '1'\nb = 'it''s'\n");
});

test("what the cloud decides wins over the tenant's parameters", () => {
  const role = {
    listenAddresses: ["127.9.0.10"],
    port: 5432,
    socketDirectory: "/s",
    hbaFile: "/h",
    certificateFile: "/c",
    keyFile: "/k",
    caFile: "/ca",
    extensionScripts: "/e",
    synchronousStandby: "standby_b",
  };
  const text = renderPostgresConf({ port: "1", work_mem: "4096", max_slot_wal_keep_size: "5" }, role);
  expect(text).toContain("port = '5432'\n");
  expect(text).toContain("work_mem = '4096'\n");
  expect(text).toContain("max_slot_wal_keep_size = '5'\n");
  expect(text).toContain("synchronous_standby_names = 'standby_b'\n");
  expect(text).toContain("primary_conninfo = ''\n");
});

test("plain sessions are turned away before passwords are looked at, but only when TLS is forced", () => {
  const forced = renderHba({ forceSsl: true, passwordMethod: "scram-sha-256" }).split("\n");
  expect(forced.indexOf("hostnossl all all all reject")).toBeGreaterThan(-1);
  expect(forced.indexOf("hostnossl all all all reject")).toBeLessThan(forced.indexOf("host all all all scram-sha-256"));
  expect(renderHba({ forceSsl: false, passwordMethod: "md5" })).not.toContain("hostnossl");
});
