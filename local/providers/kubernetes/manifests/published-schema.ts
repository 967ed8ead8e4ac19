import { Deployment, type IDeployment } from "kubernetes-models/apps/v1/Deployment";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import { CronJob, type ICronJob } from "kubernetes-models/batch/v1/CronJob";
import { Job, type IJob } from "kubernetes-models/batch/v1/Job";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { ClusterRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole";
import { ClusterRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding";
import { Role } from "kubernetes-models/rbac.authorization.k8s.io/v1/Role";
import { RoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding";
import { ConfigMap, type IConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { Secret, type ISecret } from "kubernetes-models/v1/Secret";
import { Service, type IService } from "kubernetes-models/v1/Service";
import { ServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import { z } from "zod";
import { UNKNOWN, type Bag, type Problem, type Value } from "../../../contract";

/** Manifests of the kinds whose content the local cloud acts on, typed as Kubernetes publishes them. */
export interface Manifests {
  ConfigMap: IConfigMap;
  CronJob: ICronJob;
  Deployment: IDeployment;
  Job: IJob;
  Secret: ISecret;
  Service: IService;
}

interface Published {
  new (data: never): { validate(): void };
}

const published: Readonly<Record<string, Published>> = {
  ...{ ClusterRole, ClusterRoleBinding, ConfigMap, CronJob, Deployment, HorizontalPodAutoscaler, Job, Namespace },
  ...{ NetworkPolicy, PodDisruptionBudget, Role, RoleBinding, Secret, Service, ServiceAccount },
};

const ajvErrorSchema = z.object({
  errors: z.array(
    z.object({
      instancePath: z.string(),
      keyword: z.string(),
      message: z.string().optional(),
      params: z.object({
        missingProperty: z.string().optional(),
        allowedValues: z.array(z.unknown()).optional(),
        format: z.string().optional(),
      }),
    }),
  ),
});

/** What the schema that Kubernetes publishes for this kind has against the manifest; values unknown at preview are passed over. */
export function schemaProblems(kind: string, inputs: Bag): Problem[] {
  const Model = published[kind];
  if (!Model) throw new Error(`no published schema is loaded for kind ${kind}`);
  try {
    new Model(inputs as never).validate();
    return [];
  } catch (error) {
    const { errors } = ajvErrorSchema.parse(error);
    const byPath = new Map<string, string[]>();
    for (const { instancePath, keyword, message, params } of errors) {
      const path = instancePath.split("/").slice(1).map(unescapePointer);
      if (keyword === "oneOf" || valueAt(inputs, path) === UNKNOWN) continue;
      const at = params.missingProperty === undefined ? path : [...path, params.missingProperty];
      byPath.set(at.join("."), [...(byPath.get(at.join(".")) ?? []), worded(keyword, message, params)]);
    }
    return [...byPath].map(([property, reasons]) => ({ property, reason: reasons.join(" or ") }));
  }
}

/** The manifest as its published type; only for inputs that `schemaProblems` has nothing against. */
export function manifestOf<K extends keyof Manifests>(_kind: K, inputs: Bag): Manifests[K] {
  return inputs as unknown as Manifests[K];
}

function worded(
  keyword: string,
  message: string | undefined,
  params: { missingProperty?: string; allowedValues?: unknown[]; format?: string },
): string {
  if (keyword === "required") return "is required";
  if (keyword === "enum") return `must be one of ${(params.allowedValues ?? []).map(String).join(", ")}`;
  if (params.format === "quantity") return "must be a Kubernetes quantity such as 250m, 64Mi or 1Gi";
  return message ?? "is not valid";
}

function valueAt(value: Value, path: readonly string[]): Value | undefined {
  let current: Value | undefined = value;
  for (const part of path) {
    if (current === null || typeof current !== "object") return undefined;
    current = Array.isArray(current) ? current[Number(part)] : current[part];
  }
  return current;
}

function unescapePointer(part: string): string {
  return part.replace(/~1/g, "/").replace(/~0/g, "~");
}
