import { z } from "zod";
import type { Kind } from "../../../contract";
import { stateKind } from "./object";

/** core/v1 Namespace: what other objects must name, or be refused. */
export const namespace: Kind = stateKind(
  {
    apiVersion: "v1",
    kind: "Namespace",
    clusterScoped: true,
    modelled: { spec: z.strictObject({ finalizers: z.unknown() }).partial() },
  },
  { describe: async () => "Active" },
);
