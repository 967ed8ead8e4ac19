import { request } from "node:http";
import type { Bag } from "../contract";

/** Calls a route of the daemon's control socket. @throws with the daemon's own words when it refuses. */
export function callControl(socketPath: string, route: string, body: Bag = {}, timeoutMs = 120_000): Promise<Bag> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: `/${route}`, method: "POST", timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const answer = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Bag;
        if (response.statusCode === 200) resolve(answer);
        else
          reject(
            new Error(
              typeof answer.error === "string" ? answer.error : `the local cloud answered ${response.statusCode}`,
            ),
          );
      });
    });
    call.on("timeout", () =>
      call.destroy(new Error(`the local cloud did not answer '${route}' within ${timeoutMs} ms`)),
    );
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}
