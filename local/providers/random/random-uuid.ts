import { randomUUID } from "node:crypto";
import { z } from "zod";
import { keepers, randomKind } from "./random-kind";

export const randomUuid = randomKind({
  type: "random:index/randomUuid:RandomUuid",
  inputs: z.strictObject({ keepers }),
  identify: () => randomUUID(),
  outputs: (id) => ({ result: id }),
});
