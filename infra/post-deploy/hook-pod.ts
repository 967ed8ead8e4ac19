import type { core } from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { containerSecurity, podSecurity, secretFileMode } from "../cluster/pod-security";
import { postgresPort } from "../network/ports";
import { databaseName, databaseUsers } from "../security/database-users";

/** What a hook pod mounts and connects to. */
export interface HookPodInput {
  /** Nothing: plan and apply. `maintain`: partitions and index upkeep. */
  readonly verb: "apply" | "maintain";
  readonly image: string;
  /** The primary itself: a concurrent index build cannot run through a transaction-mode pooler. */
  readonly host: pulumi.Input<string>;
  readonly programConfigMap: pulumi.Input<string>;
  readonly manifestConfigMap: pulumi.Input<string>;
  readonly caConfigMap: pulumi.Input<string>;
  readonly adminSecret: pulumi.Input<string>;
  readonly rolesSecret: pulumi.Input<string>;
  readonly serviceAccount: pulumi.Input<string>;
}

/** Seconds a cancelled pod gets to cancel its index build and release its lock. */
const stopSeconds = 60;

/** Pod spec of the hook: a stock Node image that runs the mounted program against the primary. */
export function hookPod(input: HookPodInput): core.v1.PodSpec {
  return {
    serviceAccountName: input.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: stopSeconds,
    securityContext: podSecurity,
    containers: [
      {
        name: "hook",
        image: input.image,
        command: ["node", "/opt/plinth/hook.cjs"],
        args: input.verb === "maintain" ? ["maintain"] : [],
        env: [
          { name: "PGHOST", value: input.host },
          { name: "PGPORT", value: String(postgresPort) },
          { name: "PGDATABASE", value: databaseName },
          { name: "PGUSER", value: databaseUsers.admin },
          { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: input.adminSecret, key: "password" } } },
          { name: "PGSSLMODE", value: "verify-full" },
          { name: "PGSSLROOTCERT", value: "/etc/plinth/ca/ca.pem" },
          { name: "PLINTH_MANIFEST", value: "/etc/plinth/manifest/manifest.json" },
          { name: "PLINTH_ROLE_PASSWORDS", value: "/etc/plinth/roles" },
          { name: "PLINTH_ACTOR", value: input.verb === "maintain" ? "CronJob plinth-maintenance" : "Job plinth-hook" },
        ],
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
        securityContext: containerSecurity,
        volumeMounts: [
          { name: "program", mountPath: "/opt/plinth", readOnly: true },
          { name: "manifest", mountPath: "/etc/plinth/manifest", readOnly: true },
          { name: "ca", mountPath: "/etc/plinth/ca", readOnly: true },
          { name: "roles", mountPath: "/etc/plinth/roles", readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: "program", configMap: { name: input.programConfigMap } },
      { name: "manifest", configMap: { name: input.manifestConfigMap } },
      { name: "ca", configMap: { name: input.caConfigMap } },
      { name: "roles", secret: { secretName: input.rolesSecret, defaultMode: secretFileMode } },
    ],
  };
}
