import { createServer, type IncomingMessage, type Server } from "node:http";
import { rmSync } from "node:fs";
import type { Bag } from "../contract";
import { shortSocketPath } from "./socket-path";

export type Routes = Readonly<Record<string, (body: Bag) => Promise<Bag> | Bag>>;

/** Answers `POST /<route>` with JSON on a Unix socket that only the owner of the state directory can open. */
export async function serveControl(socketPath: string, routes: Routes): Promise<Server> {
  rmSync(socketPath, { force: true });
  const server = createServer((request, response) => {
    void (async () => {
      const route = routes[(request.url ?? "").slice(1)];
      try {
        if (!route) throw new Error(`there is no control route '${request.url}'`);
        const answer = await route(await readJson(request));
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        response
          .writeHead(route ? 409 : 404, { "content-type": "application/json" })
          .end(JSON.stringify({ error: message }));
      }
    })();
  });
  const short = shortSocketPath(socketPath);
  server.once("close", () => short.release());
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(short.path, resolve));
  } finally {
    process.umask(mask);
  }
  return server;
}

async function readJson(request: IncomingMessage): Promise<Bag> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Bag);
}
