import { variablesOf } from "../../../cli/schema/database-target";

describe("a database named by URL", () => {
  it("is read into libpq's variables, escapes undone", () => {
    expect(
      variablesOf("postgresql://me:p%40ss@db.example:6432/clinic?sslmode=verify-full&sslrootcert=%2Fca.pem"),
    ).toEqual({
      PGHOST: "db.example",
      PGPORT: "6432",
      PGDATABASE: "clinic",
      PGUSER: "me",
      PGPASSWORD: "p@ss",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/ca.pem",
    });
  });

  it("leaves out what it does not say, so that the environment may", () => {
    expect(variablesOf("postgres://[::1]/clinic")).toMatchObject({
      PGHOST: "::1",
      PGPORT: undefined,
      PGPASSWORD: undefined,
    });
  });

  it.each(["nonsense", "mysql://me:secret@host/db"])("%s is refused without its password", (url) => {
    expect(() => variablesOf(url)).toThrow(/give postgresql:\/\//);
    expect(() => variablesOf(url)).not.toThrow(/secret/);
  });
});
