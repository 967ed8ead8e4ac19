import type { OutputMap } from "@pulumi/pulumi/automation";
import { z } from "zod";

const endpointsSchema = z.looseObject({
  writer: z.string().optional(),
  readers: z.array(z.string()).optional(),
  poolerRw: z.string().optional(),
  poolerRo: z.string().optional(),
  cache: z.string().optional(),
});

export type Endpoints = z.infer<typeof endpointsSchema>;

/** The connection URLs that the program exports, complete for clients on this machine; empty for a program without `endpoints`. */
export function endpointsOf(outputs: OutputMap, caFile: string): Endpoints {
  const parsed = endpointsSchema.safeParse(outputs.endpoints?.value ?? {});
  if (!parsed.success) return {};
  const complete = (url: string) => withRootCertificate(url, caFile);
  const { writer, readers, poolerRw, poolerRo, cache } = parsed.data;
  return {
    ...(writer === undefined ? {} : { writer: complete(writer) }),
    ...(readers === undefined ? {} : { readers: readers.map(complete) }),
    ...(poolerRw === undefined ? {} : { poolerRw: complete(poolerRw) }),
    ...(poolerRo === undefined ? {} : { poolerRo: complete(poolerRo) }),
    ...(cache === undefined ? {} : { cache }),
  };
}

/** libpq finds the certificate authority by file name, which only this machine can say. */
export function withRootCertificate(url: string, caFile: string): string {
  if (!url.startsWith("postgres") || !url.includes("sslmode=verify") || url.includes("sslrootcert=")) return url;
  return `${url}${url.includes("?") ? "&" : "?"}sslrootcert=${encodeURIComponent(caFile)}`;
}
