import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimNetwork, releaseNetwork } from "../../../local/cloud/network-claim";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("the loopback network of a cloud", () => {
  const directory = temporaryDirectory();
  const registry = () => join(directory(), "networks");
  const root = (name: string) => {
    const path = join(directory(), name);
    mkdirSync(path, { recursive: true });
    return path;
  };

  test("is the same every time, and another one for another cloud", () => {
    expect(claimNetwork(registry(), root("a"))).toBe("127.16");
    expect(claimNetwork(registry(), root("b"))).toBe("127.17");
    expect(claimNetwork(registry(), root("a"))).toBe("127.16");
  });

  test("is free again when it is given back", () => {
    claimNetwork(registry(), root("a"));
    releaseNetwork(registry(), root("a"));
    expect(readdirSync(registry())).toEqual([]);
    expect(claimNetwork(registry(), root("b"))).toBe("127.16");
  });

  test("is free again when the state directory of its holder is deleted, not before", () => {
    claimNetwork(registry(), root("a"));
    expect(claimNetwork(registry(), root("b"))).toBe("127.17");
    rmSync(root("a"), { recursive: true });
    expect(claimNetwork(registry(), root("c"))).toBe("127.16");
  });

  test("is claimed again where the state's addresses are when the registry was lost", () => {
    expect(claimNetwork(registry(), root("a"), "127.40")).toBe("127.40");
  });

  test("is not exchanged for another one under a state that has addresses in it", () => {
    claimNetwork(registry(), root("a"));
    expect(() => claimNetwork(registry(), root("b"), "127.16")).toThrow(
      `the network 127.16 of this stack is ${root("a")}'s now`,
    );
  });

  test("is refused with the cure when all are taken", () => {
    mkdirSync(registry());
    for (let number = 16; number <= 254; number += 1)
      writeFileSync(join(registry(), String(number)), JSON.stringify({ root: directory() }));
    expect(() => claimNetwork(registry(), root("b"))).toThrow(
      /all 239 loopback networks are claimed .*'plinth down --delete'/,
    );
  });

  test("is kept in a registry that every user may write to and nobody may rob", () => {
    claimNetwork(registry(), root("a"));
    expect((statSync(registry()).mode & 0o7777).toString(8)).toBe("1777");
  });
});
