import { applicationAccess, cacheFamily, cacheParameters, disabledAccess } from "../../../infra/cache/cache-parameters";

describe("the cache's parameters", () => {
  test.each([
    ["valkey", "7.2", "valkey7"],
    ["valkey", "8.0", "valkey8"],
    ["redis", "7.1", "redis7"],
  ] as const)("%s %s is of family %s", (engine, version, family) => {
    expect(cacheFamily(engine, version)).toBe(family);
  });

  test("are sorted, keep a quarter of memory for forks, and evict as configured", () => {
    const parameters = cacheParameters("volatile-ttl");
    expect(parameters.map(({ name }) => name)).toEqual(parameters.map(({ name }) => name).sort());
    expect(parameters).toContainEqual({ name: "reserved-memory-percent", value: "25" });
    expect(parameters).toContainEqual({ name: "maxmemory-policy", value: "volatile-ttl" });
  });

  test("the application's user cannot administer the server or flush it", () => {
    expect(applicationAccess).toMatch(/-@admin -@dangerous/);
  });

  test("the built-in user is off and has no command", () => {
    expect(disabledAccess).toBe("off ~* -@all");
  });
});
