import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { LocalCloud } from "../cloud/cloud";
import { ProviderService, type Package } from "./service";

export interface ServedPackages {
  /** Value for the engine's PULUMI_DEBUG_PROVIDERS: `aws:41234,kubernetes:41235,random:41236`. */
  readonly attachList: string;
  close(): void;
}

/** A secret or a bundled program may be large: the engine itself allows 400 MiB a message. */
const maxMessageBytes = 400 * 1024 * 1024;

/** Serves each package on a loopback port of the kernel's choice. */
export async function servePackages(packages: readonly Package[], cloud: LocalCloud): Promise<ServedPackages> {
  const served = await Promise.all(
    packages.map(async (contents) => {
      const service = new ProviderService(contents, cloud);
      const server = new Server({
        "grpc.max_receive_message_length": maxMessageBytes,
        "grpc.max_send_message_length": maxMessageBytes,
      });
      server.addService(ResourceProviderService, service.handlers());
      const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
          error ? reject(error) : resolve(bound),
        ),
      );
      return { server, service, entry: `${contents.name}:${port}` };
    }),
  );
  return {
    attachList: served.map(({ entry }) => entry).join(","),
    close() {
      for (const { server, service } of served) {
        service.close();
        server.forceShutdown();
      }
    },
  };
}
