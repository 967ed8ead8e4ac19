import { WireReader, sqlOf } from "../../../../proof/hook/crash/wire-messages";

function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(type.length + 4);
  head.write(type);
  head.writeInt32BE(Buffer.byteLength(body) + 4, type.length);
  return Buffer.concat([head, Buffer.from(body)]);
}

describe("messages on the wire", () => {
  const stream = Buffer.concat([
    message("", "\0\u0003\0\0user\0somebody\0\0"),
    message("Q", "select 1\0"),
    message("P", "named\0select $1\0\0\0"),
    message("S", ""),
  ]);

  it("are found whatever the pieces they arrive in, and the startup message has no type", () => {
    for (const size of [1, 3, 7, stream.length]) {
      const reader = new WireReader("client");
      const types: string[] = [];
      for (let at = 0; at < stream.length; at += size)
        types.push(...reader.read(stream.subarray(at, at + size)).map(({ type }) => type));
      expect(types).toEqual(["startup", "Q", "P", "S"]);
    }
  });

  it("bring SQL by Query and by Parse, and by nothing else", () => {
    const reader = new WireReader("client");
    expect(reader.read(stream).map(sqlOf)).toEqual([null, "select 1", "select $1", null]);
  });
});
