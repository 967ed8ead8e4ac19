import type { Cloud } from "../../../contract";
import type { ServiceRuntime } from "../services/service-runtime";
import type { CronController } from "./cron-controller";
import type { DeploymentController, ReplicaBounds } from "./deployment-controller";
import type { JobRun } from "./job-run";

/** The running counterparts of the resources of one cloud, by resource id. */
export class Workloads {
  readonly deployments = new Map<string, DeploymentController>();
  readonly jobs = new Map<string, JobRun>();
  readonly cronJobs = new Map<string, CronController>();
  readonly services = new Map<string, ServiceRuntime>();
  readonly #bounds = new Map<string, ReplicaBounds>();

  readonly boundsOf = (id: string): ReplicaBounds | undefined => this.#bounds.get(id);

  /** What an autoscaler allows a Deployment, whichever of the two comes first. */
  setBounds(id: string, bounds: ReplicaBounds | undefined): void {
    if (bounds) this.#bounds.set(id, bounds);
    else this.#bounds.delete(id);
    this.deployments.get(id)?.bound(bounds);
  }
}

const known = new WeakMap<Cloud, Workloads>();

export function workloadsOf(cloud: Cloud): Workloads {
  const workloads = known.get(cloud) ?? new Workloads();
  known.set(cloud, workloads);
  return workloads;
}
