import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { packages } from "../../../local/catalogue";
import { withGenerated } from "../../../cli/docs/local-document";

const document = readFileSync(resolve(__dirname, "../../../docs/local.md"), "utf8");

describe("docs/local.md", () => {
  test("lists exactly what the code models (else run 'npm run docs:local')", () => {
    expect(document).toBe(withGenerated(document));
  });

  test("names every kind and every data source", () => {
    const names = packages.flatMap(({ kinds, invokes }) => [...kinds.keys(), ...invokes.keys()]);
    expect(names.filter((name) => !document.includes(`\`${name}\``))).toEqual([]);
  });

  test("marks what replaces a resource and shows what is inside an object", () => {
    expect(document).toMatch(/`aws:rds\/instance:Instance` \|.*`dbName\*`/);
    expect(document).toMatch(/`kubernetes:batch\/v1:Job` \|.*backoffLimit.* = pod\{…\}/);
  });

  test("is not generated into a document without its markers", () => {
    expect(() => withGenerated("# nothing")).toThrow("has lost the markers of a section");
  });
});
