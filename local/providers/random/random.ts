import type { Kind } from "../../contract";
import { randomBytes, randomId } from "./random-bytes";
import { randomInteger } from "./random-integer";
import { randomPet } from "./random-pet";
import { randomShuffle } from "./random-shuffle";
import { randomPassword, randomString } from "./random-string";
import { randomUuid } from "./random-uuid";

export const randomKinds: readonly Kind[] = [
  randomBytes,
  randomId,
  randomInteger,
  randomPassword,
  randomPet,
  randomShuffle,
  randomString,
  randomUuid,
];
