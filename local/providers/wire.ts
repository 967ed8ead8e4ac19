import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Refusal, type Bag, type Unready } from "../contract";
import { redact } from "./redact";

export function toBag(struct: Struct | undefined): Bag {
  return struct?.toJavaScript() ?? {};
}

/** Undefined members are left out: the wire format has no such value. */
export function toStruct(bag: Bag): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(bag)) as Record<string, JavaScriptValue>);
}

/** What the engine shows: a refusal is shown as it is, anything else is a defect of the local cloud and says so. */
export function toServiceError(error: unknown, what: string, inputs: Bag = {}): ServiceError {
  const text = error instanceof Error ? error.message : String(error);
  const message = redact(error instanceof Refusal ? text : `the local cloud failed to ${what}: ${text}`, inputs);
  return Object.assign(new Error(message), {
    code: error instanceof Refusal ? status.FAILED_PRECONDITION : status.UNKNOWN,
    details: message,
    metadata: new Metadata(),
  });
}

/** Tells the engine that the resource exists but is not healthy, so that it is kept in the state and tried again by the next update. */
export function toInitFailure(id: string, unready: Unready, inputs: Bag): ServiceError {
  const detail = new ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(toStruct({ ...inputs, ...unready.outputs }));
  detail.setInputs(toStruct(inputs));
  detail.setReasonsList([...unready.reasons]);
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const response = new Status();
  response.setCode(status.UNKNOWN);
  response.setMessage(unready.message);
  response.setDetailsList([any]);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(response.serializeBinary()));
  return Object.assign(new Error(unready.message), { code: status.UNKNOWN, details: unready.message, metadata });
}
