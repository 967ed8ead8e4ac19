import { randomBytes as bytes } from "node:crypto";
import { z } from "zod";
import { keepers, randomKind } from "./random-kind";

const length = z.number().int().min(1, "must be at least 1");

export const randomId = randomKind({
  type: "random:index/randomId:RandomId",
  inputs: z.strictObject({ byteLength: length, prefix: z.string().optional(), keepers }),
  identify: ({ byteLength }) => bytes(byteLength).toString("base64url"),
  outputs(id, { prefix = "" }) {
    const value = Buffer.from(id, "base64url");
    return {
      b64Url: `${prefix}${id}`,
      b64Std: `${prefix}${value.toString("base64")}`,
      hex: `${prefix}${value.toString("hex")}`,
      dec: `${prefix}${BigInt(`0x${value.toString("hex")}`).toString()}`,
    };
  },
});

export const randomBytes = randomKind({
  type: "random:index/randomBytes:RandomBytes",
  inputs: z.strictObject({ length, keepers }),
  // The value is a secret, so the provider uses a fixed word where the engine needs an identifier.
  identify: () => "none",
  outputs(_id, inputs) {
    const value = bytes(inputs.length);
    return { base64: value.toString("base64"), hex: value.toString("hex") };
  },
});
