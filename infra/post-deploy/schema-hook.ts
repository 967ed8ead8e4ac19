import { readFileSync } from "node:fs";
import path from "node:path";
import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { immutableConfigMap } from "../cluster/immutable-config";
import type { StackConfig } from "../config/schema";
import { postgresPort } from "../network/ports";
import type { Credentials } from "../security/credentials";
import { databaseUsers } from "../security/database-users";
import { bundleProgram, projectRoot } from "./bundle";
import { hookJobName } from "./hook-name";
import { hookPod } from "./hook-pod";

export interface SchemaHookArgs {
  readonly namespace: pulumi.Input<string>;
  /** Host of the primary. */
  readonly host: pulumi.Input<string>;
  readonly passwords: Credentials["databasePasswords"];
  readonly caConfigMap: pulumi.Input<string>;
  /** Manifest, image, schedule, and the application's release: a new one runs the hook once. */
  readonly config: Pick<StackConfig, "schemaManifest" | "applicationRelease" | "maintenanceSchedule" | "images">;
  /** Program to run; path from the project's root. @default schema/hook/main.ts */
  readonly program?: string;
}

/** An index over a year of appointments takes minutes, not hours; then the Job is stopped and the update says so. */
const deadlineSeconds = 3600;

/** Makes the database what the manifest says: once per change by a Job that the update waits for, and hourly by a CronJob. */
export class SchemaHook extends pulumi.ComponentResource {
  /** The Job: whatever needs roles and indexes depends on it. */
  readonly job: batch.Job;
  readonly jobName: pulumi.Output<string>;

  constructor(name: string, args: SchemaHookArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:post-deploy:SchemaHook", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const { config } = args;
    const image = config.images.node;
    const labels = { "app.kubernetes.io/name": "plinth-hook", "app.kubernetes.io/part-of": "plinth" };
    const annotations = {
      // A Job that failed once is made again by the next update instead of being waited for (pulumi-kubernetes issue 856).
      "pulumi.com/replaceUnready": "true",
    };
    const program = bundleProgram(args.program ?? "schema/hook/main.ts");
    const manifest = readFileSync(path.resolve(projectRoot, config.schemaManifest), "utf8");

    const programConfigMap = createConfigMap("program", { "hook.cjs": program });
    const manifestConfigMap = createConfigMap("manifest", { "manifest.json": manifest });
    const adminSecret = createSecret("admin", { password: args.passwords.admin });
    const rolesSecret = createSecret("roles", {
      [databaseUsers.application]: args.passwords.application,
      [databaseUsers.readOnly]: args.passwords.readOnly,
      [databaseUsers.monitor]: args.passwords.monitor,
    });
    const serviceAccount = createServiceAccount();
    createNetworkPolicy();
    this.jobName = nameJob();
    this.job = createJob(this.jobName);
    createMaintenance(this.job);
    this.registerOutputs({ jobName: this.jobName });

    function createConfigMap(purpose: string, data: Record<string, string>): pulumi.Output<string> {
      const map = immutableConfigMap(`${name}-${purpose}`, `plinth-hook-${purpose}`, args.namespace, data, { parent });
      return map.metadata.name;
    }

    function createSecret(purpose: string, content: Record<string, pulumi.Input<string>>): pulumi.Output<string> {
      const secret = new core.Secret(
        `${name}-${purpose}`,
        {
          metadata: { namespace: args.namespace },
          type: "Opaque",
          immutable: true,
          stringData: pulumi.secret(content),
        },
        { parent, additionalSecretOutputs: ["stringData"] },
      );
      return secret.metadata.name;
    }

    function createServiceAccount(): core.ServiceAccount {
      return new core.ServiceAccount(
        `${name}-account`,
        { metadata: { name: "plinth-hook", namespace: args.namespace, labels }, automountServiceAccountToken: false },
        { parent, deleteBeforeReplace: true },
      );
    }

    /** The hook listens to nobody and talks to the database only. */
    function createNetworkPolicy(): void {
      new networking.NetworkPolicy(
        `${name}-policy`,
        {
          metadata: { name: "plinth-hook", namespace: args.namespace, labels },
          spec: {
            podSelector: { matchLabels: labels },
            policyTypes: ["Ingress", "Egress"],
            ingress: [],
            egress: [
              { ports: [{ port: postgresPort, protocol: "TCP" }] },
              {
                ports: [
                  { port: 53, protocol: "TCP" },
                  { port: 53, protocol: "UDP" },
                ],
              },
            ],
          },
        },
        { parent, deleteBeforeReplace: true },
      );
    }

    function nameJob(): pulumi.Output<string> {
      const { applicationRelease } = config;
      return pulumi
        .output(args.host)
        .apply((host) => hookJobName({ program, manifest, applicationRelease, image, host }));
    }

    function podOf(verb: "apply" | "maintain") {
      return {
        metadata: { labels },
        spec: hookPod({
          verb,
          image,
          host: args.host,
          programConfigMap,
          manifestConfigMap,
          caConfigMap: args.caConfigMap,
          adminSecret,
          rolesSecret,
          serviceAccount: serviceAccount.metadata.name,
        }),
      };
    }

    /** No ttlSecondsAfterFinished: a Job that removes itself is made again by every refresh (pulumi-kubernetes issue 2531). */
    function createJob(jobName: pulumi.Output<string>): batch.Job {
      return new batch.Job(
        `${name}-job`,
        {
          metadata: { name: jobName, namespace: args.namespace, labels, annotations },
          spec: { backoffLimit: 2, activeDeadlineSeconds: deadlineSeconds, template: podOf("apply") },
        },
        // The awaiter's own limit is ten minutes.
        { parent, customTimeouts: { create: `${deadlineSeconds / 60 + 5}m`, update: `${deadlineSeconds / 60 + 5}m` } },
      );
    }

    function createMaintenance(after: batch.Job): void {
      new batch.CronJob(
        `${name}-maintenance`,
        {
          metadata: { name: "plinth-maintenance", namespace: args.namespace, labels },
          spec: {
            schedule: config.maintenanceSchedule,
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: 600,
            successfulJobsHistoryLimit: 3,
            failedJobsHistoryLimit: 3,
            jobTemplate: {
              spec: { backoffLimit: 0, activeDeadlineSeconds: deadlineSeconds, template: podOf("maintain") },
            },
          },
        },
        { parent, deleteBeforeReplace: true, dependsOn: [after] },
      );
    }
  }
}
