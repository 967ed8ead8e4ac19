import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readProject, regionOf } from "../../cli/project";
import { temporaryDirectory } from "../support/temporary-directory";

describe("a Pulumi project", () => {
  const directory = temporaryDirectory();
  const write = (project: string, stack = "config: {}") => {
    writeFileSync(join(directory(), "Pulumi.yaml"), project);
    writeFileSync(join(directory(), "Pulumi.local.yaml"), stack);
  };

  test("has its program where it says, and the configuration of the stack", () => {
    write("name: shop\nruntime: nodejs\nmain: infra/\n", "config:\n  shop:size: 3\n  shop:list: [a]\n");
    expect(readProject(directory(), "local")).toEqual({
      directory: directory(),
      name: "shop",
      main: join(directory(), "infra"),
      stack: "local",
      config: { "shop:size": 3, "shop:list": ["a"] },
    });
  });

  test("may have a stack file that is empty", () => {
    write("name: shop\n", "");
    expect(readProject(directory(), "local").config).toEqual({});
  });

  test.each([["../evil"], ["a b"], [""], ["x".repeat(101)]])(
    "is refused with a name that Pulumi refuses: %p",
    (name) => {
      write(`name: ${JSON.stringify(name)}\n`);
      expect(() => readProject(directory(), "local")).toThrow(
        /Pulumi\.yaml is not a Pulumi file .*name: may hold letters/,
      );
    },
  );

  test("is for the region that its own key names, before that of the AWS provider", () => {
    write("name: shop\n", "config:\n  shop:region: eu-west-1\n  aws:region: us-east-1\n");
    expect(regionOf(readProject(directory(), "local"))).toBe("eu-west-1");
    write("name: shop\n", "config:\n  aws:region: us-east-1\n");
    expect(regionOf(readProject(directory(), "local"))).toBe("us-east-1");
  });
});
