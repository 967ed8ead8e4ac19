import type { Invoke, Kind } from "../../contract";
import { configMap, secret } from "./kinds/configuration";
import { deployment } from "./kinds/deployment";
import { namespace } from "./kinds/namespace";
import { service } from "./kinds/service";

/** Every Kubernetes kind of the local cloud. */
export const kubernetesKinds: readonly Kind[] = [namespace, configMap, secret, service, deployment];

/** The kubernetes package has no data sources that are modelled. */
export const kubernetesInvokes: readonly Invoke[] = [];
