import { cacheUrl, postgresUrl } from "../../infra/endpoints";

describe("connection URLs", () => {
  test("a password of any characters survives a URL parser", () => {
    const password = "p@ss/w:rd?#%&";
    const url = new URL(postgresUrl("db.example", 5432, password));
    expect(decodeURIComponent(url.password)).toBe(password);
    expect([url.username, url.host, url.pathname, url.search]).toEqual([
      "clinic_app",
      "db.example:5432",
      "/clinic",
      "?sslmode=verify-full",
    ]);
    expect(decodeURIComponent(new URL(cacheUrl("c", password)).password)).toBe(password);
  });

  test("the cache is reached over TLS on a written port", () => {
    expect(cacheUrl("cache.example", "x")).toBe("rediss://clinic_app:x@cache.example:6379");
  });
});
