import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IHTTPGetAction } from "kubernetes-models/v1/HTTPGetAction";
import type { ExecResult } from "../../../processes/sandbox";

/** What a probe or a lifecycle hook does. */
export interface Handler {
  readonly exec?: { readonly command?: string[] };
  readonly httpGet?: IHTTPGetAction;
  readonly tcpSocket?: { readonly host?: string; readonly port: number | string };
  readonly sleep?: { readonly seconds: number };
}

export interface HandlerContext {
  readonly container: IContainer;
  readonly podIp: string;
  exec(argv: readonly string[], timeoutMs: number): Promise<ExecResult>;
}

/** Carries out a probe or hook once, within `timeoutMs`. Never rejects. */
export async function carryOut(handler: Handler, context: HandlerContext, timeoutMs: number): Promise<ExecResult> {
  if (handler.exec) return context.exec(handler.exec.command ?? [], timeoutMs);
  if (handler.httpGet) return httpGet(handler.httpGet, context, timeoutMs);
  if (handler.tcpSocket) {
    const { host, port } = handler.tcpSocket;
    return tcpConnect(host ?? context.podIp, portNumber(port, context.container), timeoutMs);
  }
  if (handler.sleep) {
    const milliseconds = Math.min(handler.sleep.seconds * 1000, timeoutMs);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
  return { ok: true, output: "" };
}

/** A port given by number or by the name the container gives it; NaN for an unknown name. */
export function portNumber(port: number | string, container: IContainer): number {
  if (typeof port === "number") return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
}

function tcpConnect(host: string, port: number, timeoutMs: number): Promise<ExecResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (ok: boolean, output: string) => {
      socket.destroy();
      resolve({ ok, output });
    };
    socket.once("connect", () => end(true, ""));
    socket.once("timeout", () => end(false, `dial tcp ${host}:${port}: no answer within ${timeoutMs} ms`));
    socket.once("error", (error) => end(false, `dial tcp ${host}:${port}: ${error.message}`));
  });
}

function httpGet(action: IHTTPGetAction, context: HandlerContext, timeoutMs: number): Promise<ExecResult> {
  const send = action.scheme === "HTTPS" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const request = send(
      {
        host: action.host ?? context.podIp,
        port: portNumber(action.port, context.container),
        path: action.path ?? "/",
        headers: Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value])),
        agent: false,
        // The kubelet does not verify certificates either.
        rejectUnauthorized: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const status = response.statusCode ?? 0;
        response.resume();
        resolve({ ok: status >= 200 && status < 400, output: `HTTP probe failed with statuscode: ${status}` });
      },
    );
    request.once("error", (error) =>
      resolve({
        ok: false,
        output: error.name === "TimeoutError" ? `no answer within ${timeoutMs} ms` : error.message || String(error),
      }),
    );
    request.end();
  });
}
