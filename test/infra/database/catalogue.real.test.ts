import { Client } from "pg";
import { catalogue } from "../../../infra/database/catalogue/catalogue";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";

interface Setting {
  name: string;
  context: string;
  unit: string | null;
  min_val: string | null;
  max_val: string | null;
  vartype: string;
}

/** Parameters of RDS itself; no PostgreSQL elsewhere knows them. */
const own = catalogue.filter((definition) => !definition.name.startsWith("rds."));

describe("the parameter catalogue against a real PostgreSQL", () => {
  let server: ThrowawayPostgres;
  const settings = new Map<string, Setting>();

  beforeAll(async () => {
    server = await startThrowawayPostgres({
      settings: { shared_preload_libraries: "auto_explain,pg_stat_statements,pgaudit" },
    });
    const client = new Client(server.superuser);
    await client.connect();
    try {
      const { rows } = await client.query<Setting>(
        "select name, context, unit, min_val, max_val, vartype from pg_settings",
      );
      for (const row of rows) settings.set(row.name, row);
    } finally {
      await client.end();
    }
  });

  afterAll(() => server?.stop());

  test("every parameter exists", () => {
    expect(own.map(({ name }) => name).filter((name) => !settings.has(name))).toEqual([]);
  });

  test("static is what the server can only read when it starts", () => {
    const wrong = own.filter(
      ({ name, kind }) => (settings.get(name)?.context === "postmaster") !== (kind === "static"),
    );
    expect(wrong.map(({ name, kind }) => `${name} ${kind}, the server says ${settings.get(name)?.context}`)).toEqual(
      [],
    );
  });

  test("units are the server's", () => {
    const units: Record<string, string> = { B: "bytes", "8kB": "8 kB" };
    const wrong = own.filter(({ name, unit }) => {
      const actual = settings.get(name)?.unit ?? undefined;
      return unit !== (actual === undefined ? undefined : (units[actual] ?? actual));
    });
    expect(wrong.map(({ name, unit }) => `${name} in ${unit}, the server says ${settings.get(name)?.unit}`)).toEqual(
      [],
    );
  });

  test("ranges lie within the server's", () => {
    const wrong = own.filter(({ name, range }) => {
      const setting = settings.get(name);
      if (!range || setting?.min_val == null || setting.max_val == null) return false;
      return range[0] < Number(setting.min_val) || range[1] > Number(setting.max_val);
    });
    expect(
      wrong.map(
        ({ name, range }) =>
          `${name} ${range?.join("–")}: ${settings.get(name)?.min_val}–${settings.get(name)?.max_val}`,
      ),
    ).toEqual([]);
  });
});
