/** SQL for draws that depend on nothing but the seed, the row and a salt: the same seed gives the same clinic. */
export class Drawing {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A number in [0, 1), evenly spread. 52 bits of a 64-bit hash: all that a double keeps. */
  uniform(row: string, salt: number): string {
    return `(((hashint8extended(${row}, ${this.#seed * 1000 + salt}) >> 12) & 4503599627370495)::float8 / 4503599627370496.0)`;
  }

  /** An integer in [0, count). A power above 1 makes the low ones more frequent. */
  below(row: string, salt: number, count: number, power = 1): string {
    const draw = this.uniform(row, salt);
    return `floor(${count} * ${power === 1 ? draw : `power(${draw}, ${power})`})::int`;
  }

  pick(row: string, salt: number, words: string[], power = 1): string {
    const list = words.map((word) => `'${word.replaceAll("'", "''")}'`).join(", ");
    return `(array[${list}])[1 + ${this.below(row, salt, words.length, power)}]`;
  }
}
