import { request } from "node:http";
import type { Bag } from "../contract";
import { shortSocketPath } from "./socket-path";

/** Calls a route of the daemon's control socket. @throws with the daemon's own words when it refuses. */
export async function callControl(
  socketPath: string,
  route: string,
  body: Bag = {},
  timeoutMs = 120_000,
): Promise<Bag> {
  const short = shortSocketPath(socketPath);
  try {
    const { status, text } = await post(short.path, route, body, timeoutMs);
    const answer = JSON.parse(text) as Bag;
    if (status === 200) return answer;
    throw new Error(typeof answer.error === "string" ? answer.error : `the local cloud answered ${status}`);
  } finally {
    short.release();
  }
}

function post(
  socketPath: string,
  route: string,
  body: Bag,
  timeoutMs: number,
): Promise<{ status?: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: `/${route}`, method: "POST", timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString("utf8") }));
    });
    call.on("timeout", () =>
      call.destroy(new Error(`the local cloud did not answer '${route}' within ${timeoutMs} ms`)),
    );
    call.on("error", (error) =>
      reject(new Error(`the local cloud does not answer '${route}': ${error.message}`, { cause: error })),
    );
    call.end(JSON.stringify(body));
  });
}
