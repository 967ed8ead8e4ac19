import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { barrier, unprivilegedAccount } from "../../../local/processes/accounts";
import { temporaryDirectory } from "../../support/temporary-directory";

const somebody = { name: "somebody", uid: 61_234, gid: 61_234 };

describe("the account that runs databases and pods", () => {
  const directory = temporaryDirectory();

  test("is never root", () => {
    expect(unprivilegedAccount().uid).not.toBe(0);
  });

  test("is kept out by the first directory on the way that is closed to it", () => {
    const inner = join(directory(), "home", "stack");
    mkdirSync(inner, { recursive: true });
    chmodSync(directory(), 0o711);
    expect(barrier(inner, somebody)).toBeUndefined();
    chmodSync(join(directory(), "home"), 0o700);
    expect(barrier(inner, somebody)).toBe(join(directory(), "home"));
    chmodSync(directory(), 0o700);
    expect(barrier(inner, somebody)).toBe(directory());
  });
});
