/** A message of the Postgres wire protocol: https://www.postgresql.org/docs/15/protocol-message-formats.html */
export interface WireMessage {
  /** The type byte, or "startup" for the first message of a client, which has none. */
  type: string;
  body: Buffer;
}

/** Cuts one direction of a connection into messages, whatever the pieces it arrives in. */
export class WireReader {
  #rest = Buffer.alloc(0);
  #startup: boolean;

  constructor(side: "client" | "server") {
    this.#startup = side === "client";
  }

  read(chunk: Buffer): WireMessage[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: WireMessage[] = [];
    for (;;) {
      const head = this.#startup ? 0 : 1;
      if (this.#rest.length < head + 4) return messages;
      const end = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < end) return messages;
      const type = this.#startup ? "startup" : String.fromCharCode(this.#rest[0] ?? 0);
      messages.push({ type, body: this.#rest.subarray(head + 4, end) });
      this.#rest = this.#rest.subarray(end);
      this.#startup = false;
    }
  }
}

/** The SQL that a client's message brings, or null: Query has it at once, Parse after the name of the statement. */
export function sqlOf(message: WireMessage): string | null {
  if (message.type !== "Q" && message.type !== "P") return null;
  const from = message.type === "Q" ? 0 : message.body.indexOf(0) + 1;
  return message.body.subarray(from, message.body.indexOf(0, from)).toString();
}
