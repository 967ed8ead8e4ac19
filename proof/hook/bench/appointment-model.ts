import type { ExpectedRow } from "./messages";

export interface KnownRow {
  id: string;
  appointmentDate: string;
  status: string;
  reason: string;
}

/** What the load knows of the rows it works on: each is worked on by one operation at a time, so that its fate is certain. */
export class AppointmentModel {
  readonly #free: KnownRow[];
  readonly #touched = new Map<string, ExpectedRow["row"]>();
  /** Rows of an operation that failed: nobody knows whether it took effect. */
  readonly #uncertain = new Set<string>();

  constructor(rows: KnownRow[]) {
    this.#free = rows;
  }

  /** Takes a row that no other operation works on. */
  take(random: number): KnownRow | undefined {
    const index = Math.floor(random * this.#free.length);
    const row = this.#free[index];
    const last = this.#free.pop();
    if (row !== undefined && last !== undefined && last !== row) this.#free[index] = last;
    return row;
  }

  /** The operation was acknowledged: the row is this now. */
  keep(row: KnownRow): void {
    const { id, ...rest } = row;
    this.#touched.set(id, rest);
    this.#free.push(row);
  }

  deleted(id: string): void {
    this.#touched.set(id, null);
  }

  lost(row: KnownRow): void {
    this.#uncertain.add(row.id);
    this.#touched.delete(row.id);
  }

  expected(): ExpectedRow[] {
    return [...this.#touched].filter(([id]) => !this.#uncertain.has(id)).map(([id, row]) => ({ id, row }));
  }

  /** Ids that the load has anything to do with. */
  uncertain(): string[] {
    return [...this.#uncertain];
  }
}
