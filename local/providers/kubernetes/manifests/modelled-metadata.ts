import { z } from "zod";

export const modelledMetadata = z
  .strictObject({ name: z.string(), namespace: z.string(), labels: z.unknown(), annotations: z.unknown() })
  .partial();
