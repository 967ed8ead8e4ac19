import { AddressBook } from "../../../local/cloud/address-book";
import { Records } from "../../../local/cloud/records";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("the addresses of a cloud", () => {
  const directory = temporaryDirectory();
  const open = () => new AddressBook(new Records(directory()), "127.23");

  test("belong to their names, over restarts", () => {
    const [a, b] = [open().of("rds/a"), open().of("rds/b")];
    expect([a, b]).toEqual(["127.23.0.10", "127.23.0.11"]);
    expect([open().of("rds/b"), open().of("rds/a")]).toEqual([b, a]);
    expect(open().has("rds/a")).toBe(true);
  });

  test("are free for others once they are released", () => {
    const book = open();
    book.of("a");
    book.of("b");
    book.release("a");
    expect(open().has("a")).toBe(false);
    expect(open().of("c")).toBe("127.23.0.10");
  });

  test("are never a network's first or last one", () => {
    const book = open();
    const all = Array.from({ length: 600 }, (_, n) => book.of(`pod/${n}`));
    expect(new Set(all).size).toBe(600);
    expect(all.filter((address) => /\.(0|255)$/.test(address))).toEqual([]);
  });
});
