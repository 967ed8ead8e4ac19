import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Sends progress lines to the engine that attached last; they appear beside the resource while it is worked on. */
export class EngineLog {
  #client: EngineClient | undefined;

  attach(address: string): void {
    this.#client?.close();
    this.#client = new EngineClient(address, credentials.createInsecure());
  }

  status(urn: string, message: string): void {
    const request = new LogRequest();
    request.setSeverity(LogSeverity.INFO);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(true);
    // Progress is a courtesy: an engine that has gone away must not fail the operation.
    this.#client?.log(request, () => undefined);
  }

  close(): void {
    this.#client?.close();
  }
}
