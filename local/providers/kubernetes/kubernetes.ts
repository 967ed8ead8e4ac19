import type { Invoke, Kind } from "../../contract";
import { accessKinds } from "./kinds/access";
import { configMap, secret } from "./kinds/configuration";
import { cronJob } from "./kinds/cron-job";
import { deployment } from "./kinds/deployment";
import { job } from "./kinds/job";
import { namespace } from "./kinds/namespace";
import { horizontalPodAutoscaler, networkPolicy, podDisruptionBudget } from "./kinds/scheduling";
import { service } from "./kinds/service";

/** Every Kubernetes kind of the local cloud. */
export const kubernetesKinds: readonly Kind[] = [
  ...[namespace, configMap, secret, service, deployment, job, cronJob],
  ...[horizontalPodAutoscaler, podDisruptionBudget, networkPolicy],
  ...accessKinds,
];

/** The kubernetes package has no data sources that are modelled. */
export const kubernetesInvokes: readonly Invoke[] = [];
