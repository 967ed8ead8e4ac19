import { readEnvironment } from "../../../schema/hook/environment";

const complete = {
  PGHOST: "db",
  PGDATABASE: "clinic",
  PGUSER: "master",
  PLINTH_MANIFEST: "/m.json",
  PGSSLMODE: "disable",
};

describe("the hook's environment", () => {
  it("reports every missing or wrong variable at once, without the password", () => {
    expect(() => readEnvironment({ PGPORT: "x", PGPASSWORD: "canary" })).toThrow(
      /PGHOST[^]*PGPORT[^]*PGDATABASE[^]*PGUSER[^]*PLINTH_MANIFEST/,
    );
    expect(() => readEnvironment({ PGPORT: "x", PGPASSWORD: "canary" })).not.toThrow(/canary/);
  });

  it("has the standard port and bounded waits by default", () => {
    const settings = readEnvironment(complete);
    expect(settings.connection.port).toBe(5432);
    expect(settings).toMatchObject({
      startDeadlineSeconds: 120,
      runnerWaitSeconds: 300,
      budgets: { shortLockSeconds: 3, attempts: 5 },
    });
  });

  it("verifies the server unless told otherwise", () => {
    expect(readEnvironment({ ...complete, PGSSLMODE: undefined }).connection.ssl).toMatchObject({
      rejectUnauthorized: true,
    });
    expect(readEnvironment(complete).connection.ssl).toBe(false);
  });

  it("names a CA file that cannot be read", () => {
    expect(() => readEnvironment({ ...complete, PGSSLMODE: "verify-full", PGSSLROOTCERT: "/nowhere/ca.pem" })).toThrow(
      "/nowhere/ca.pem",
    );
  });
});
