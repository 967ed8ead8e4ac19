import { renderIni, renderUserlist } from "../../../infra/pooler/pgbouncer-ini";
import {
  compareVersions,
  effectiveSettings,
  forcedSettings,
  serverConnectionsPerPod,
  userSettings,
} from "../../../infra/pooler/pgbouncer-settings";

const render = (user: Record<string, string | number | boolean> = {}, version = "1.24.1") =>
  renderIni({
    database: "clinic",
    host: "replica-1",
    port: 5432,
    settings: effectiveSettings(user),
    version,
  });

describe("pgbouncer.ini", () => {
  test.each([
    ["pool_mode", "transaction"],
    ["max_client_conn", "1000"],
    ["default_pool_size", "25"],
    ["min_pool_size", "10"],
    ["server_lifetime", "3600"],
    ["query_wait_timeout", "120"],
  ])("has the epic's %s = %s", (name, value) => {
    expect(render().ini).toMatch(new RegExp(`^${name} = ${value}$`, "m"));
  });

  test("four pods make the epic's primary pool of 100, and 20 more in reserve", () => {
    const settings = effectiveSettings({});
    expect(4 * Number(settings["default_pool_size"])).toBe(100);
    expect(4 * (serverConnectionsPerPod(settings) - Number(settings["default_pool_size"]))).toBe(20);
  });

  test("a pod can never open more server connections than the budget counts", () => {
    expect(render({ default_pool_size: 40, reserve_pool_size: 8 }).ini).toContain("\nmax_db_connections = 48\n");
  });

  test.each([
    ["auth_type", "scram-sha-256"],
    ["server_tls_sslmode", "verify-full"],
    ["client_tls_sslmode", "require"],
    ["client_tls_protocols", "secure"],
  ])("insists on %s = %s", (name, value) => {
    expect(render().ini).toMatch(new RegExp(`^${name} = ${value}$`, "m"));
  });

  test("what guards authentication and encryption wins over a user's setting, and no user may ask", () => {
    expect(render({ auth_type: "any", server_tls_sslmode: "disable" }).ini).not.toMatch(/any|disable/);
    expect(userSettings.filter((name) => name in forcedSettings)).toEqual([]);
  });

  test("has no auth_query: RDS hides the verifiers from everybody", () => {
    expect(render().ini).not.toContain("auth_query");
  });

  test("has one server behind the database name, so that its certificate can be verified in full", () => {
    expect(render().ini).toContain("clinic = host=replica-1 port=5432 dbname=clinic\n");
  });

  test("takes the listening address from a file that the pod writes", () => {
    expect(render().ini).toContain("[pgbouncer]\n%include /run/pgbouncer/listen.ini\n");
    expect(render().ini).not.toContain("listen_addr");
  });

  test("is sorted, so that the order in which settings are given rolls no pod", () => {
    expect(render({ pkt_buf: 8192, query_timeout: 5 }).ini).toBe(render({ query_timeout: 5, pkt_buf: 8192 }).ini);
    const names =
      render()
        .ini.split("%include")[1]
        ?.split("\n")
        .slice(1, -1)
        .map((line) => line.split(" ")[0]) ?? [];
    expect(names).toEqual([...names].sort());
  });

  test("settings that the running version lacks are left out, and it says so", () => {
    const { ini, leftOut } = render({}, "1.18.0");
    expect(ini).not.toMatch(/max_prepared_statements/);
    expect(leftOut).toEqual([
      "PgBouncer 1.18.0 does not know max_prepared_statements (since 1.21.0); it runs without it",
    ]);
  });

  test("nothing is left out where the version has everything", () => {
    expect(render().leftOut).toEqual([]);
    expect(render().ini).toContain("max_prepared_statements = 200");
  });
});

describe("versions", () => {
  test.each([
    ["1.9.0", "1.18.0", -1],
    ["1.24.1", "1.24.0", 1],
    ["1.24", "1.24.0", 0],
  ])("%s against %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });
});

describe("userlist.txt", () => {
  test("sorts users and doubles quotes", () => {
    expect(renderUserlist({ b: 'p"w', a: "x" })).toBe('"a" "x"\n"b" "p""w"\n');
  });
});
