import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";

import { WireReader, sqlOf } from "./wire-messages";

/**
 * What becomes of a statement that the hook sends: passed on; held, so that the server never sees it; or its answer
 * swallowed, so that the server has done it and the hook never learns.
 */
export type Verdict = "pass" | "hold" | "swallow";

export interface TapWatcher {
  /** Asked once for each statement, in the order they are sent. */
  onStatement: (sql: string) => Verdict;
  /** The held statement has arrived here, or the swallowed one has been done by the server. */
  onCaught: () => void;
}

const PASS: TapWatcher = { onStatement: () => "pass", onCaught: () => undefined };

/**
 * A proxy between the hook and the server that reads along. Statement by statement it can stop time for the hook, which
 * makes "between these two statements" a place that a trial can strike at, and strike at again.
 */
export class WireTap {
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  #watcher = PASS;

  private constructor(
    private readonly target: { host: string; port: number },
    server: Server,
  ) {
    this.#server = server;
    server.on("connection", (client) => this.#join(client));
  }

  static async open(target: { host: string; port: number }): Promise<WireTap> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new WireTap(target, server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  watch(watcher: TapWatcher | null): void {
    this.#watcher = watcher ?? PASS;
  }

  /** Resets every connection on both sides, as a firewall or a failing network does. */
  cut(): void {
    for (const [client, upstream] of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
    this.#pairs.clear();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const upstream = connect(this.target);
    const pair: [Socket, Socket] = [client, upstream];
    this.#pairs.add(pair);
    const part = () => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) socket.setNoDelay(true).on("error", part).on("close", part);

    const fromClient = new WireReader("client");
    const fromServer = new WireReader("server");
    let mode: Verdict = "pass";
    client.on("data", (chunk) => {
      if (mode === "hold") return;
      for (const message of fromClient.read(chunk)) {
        const sql = sqlOf(message);
        if (sql === null || mode !== "pass") continue;
        mode = this.#watcher.onStatement(sql);
        if (mode === "hold") return this.#watcher.onCaught();
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      const messages = fromServer.read(chunk);
      if (mode === "pass") client.write(chunk);
      // ReadyForQuery: the statement is done, and committed if it is a transaction of its own.
      else if (messages.some(({ type }) => type === "Z")) this.#watcher.onCaught();
    });
  }
}
