import { z } from "zod";
import { modelledMetadata } from "./modelled-metadata";

/**
 * Which properties of a pod the local cloud models. Types and formats of the values are the published schema's business; here a property is
 * either listed (acted upon, or harmless to leave out and named in `notEnforcedLocally`) or refused by name.
 */
const given = z.unknown();
const optional = <T extends Record<string, z.ZodType>>(shape: T) => z.strictObject(shape).partial();
const list = <T extends z.ZodType>(item: T) => z.array(item);

const keyReference = optional({ name: given, key: given, optional: given });
const keyToPath = list(optional({ key: given, path: given, mode: given }));
const fieldRef = optional({ fieldPath: given, apiVersion: given });
const resourceFieldRef = optional({ containerName: given, resource: given, divisor: given });
const downwardItems = list(optional({ path: given, fieldRef, resourceFieldRef, mode: given }));

const valueFrom = optional({ configMapKeyRef: keyReference, secretKeyRef: keyReference, fieldRef, resourceFieldRef });

const httpGet = optional({
  path: given,
  port: given,
  host: given,
  scheme: given,
  httpHeaders: list(optional({ name: given, value: given })),
});
const exec = optional({ command: given });

const probe = optional({
  exec,
  httpGet,
  tcpSocket: optional({ port: given, host: given }),
  initialDelaySeconds: given,
  periodSeconds: given,
  timeoutSeconds: given,
  successThreshold: given,
  failureThreshold: given,
  terminationGracePeriodSeconds: given,
});

const hook = optional({ exec, httpGet, sleep: optional({ seconds: given }) });

const containerSecurity = optional({
  runAsUser: given,
  runAsGroup: given,
  runAsNonRoot: given,
  readOnlyRootFilesystem: given,
  allowPrivilegeEscalation: z.literal(false, "privileges are never escalated by the local cloud"),
  privileged: z.literal(false, "privileged containers are not modelled by the local cloud"),
  capabilities: optional({ drop: given, add: z.array(z.never("capabilities cannot be added in the local cloud")) }),
  seccompProfile: given,
  appArmorProfile: given,
  seLinuxOptions: given,
});

const initContainer = optional({
  name: given,
  image: given,
  imagePullPolicy: given,
  command: given,
  args: given,
  workingDir: given,
  env: list(optional({ name: given, value: given, valueFrom })),
  envFrom: list(
    optional({
      prefix: given,
      configMapRef: optional({ name: given, optional: given }),
      secretRef: optional({ name: given, optional: given }),
    }),
  ),
  ports: list(optional({ name: given, containerPort: given, protocol: z.literal("TCP", "only TCP is modelled") })),
  volumeMounts: list(optional({ name: given, mountPath: given, subPath: given, readOnly: given })),
  resources: given,
  securityContext: containerSecurity,
  terminationMessagePath: given,
  terminationMessagePolicy: given,
});

const container = initContainer.extend({
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  startupProbe: probe.optional(),
  lifecycle: optional({ postStart: optional({ exec, httpGet }), preStop: hook }).optional(),
});

const volume = optional({
  name: given,
  configMap: optional({ name: given, items: keyToPath, defaultMode: given, optional: given }),
  secret: optional({ secretName: given, items: keyToPath, defaultMode: given, optional: given }),
  emptyDir: optional({ medium: given, sizeLimit: given }),
  downwardAPI: optional({ items: downwardItems, defaultMode: given }),
  projected: optional({
    defaultMode: given,
    sources: list(
      optional({
        configMap: optional({ name: given, items: keyToPath, optional: given }),
        secret: optional({ name: given, items: keyToPath, optional: given }),
        downwardAPI: optional({ items: downwardItems }),
      }),
    ),
  }),
});

const podSpec = optional({
  containers: list(container),
  initContainers: list(initContainer),
  volumes: list(volume),
  restartPolicy: given,
  terminationGracePeriodSeconds: given,
  securityContext: optional({
    runAsUser: given,
    runAsGroup: given,
    runAsNonRoot: given,
    fsGroup: given,
    fsGroupChangePolicy: given,
    supplementalGroups: given,
    seccompProfile: given,
    appArmorProfile: given,
    seLinuxOptions: given,
  }),
  serviceAccountName: given,
  serviceAccount: given,
  automountServiceAccountToken: given,
  enableServiceLinks: given,
  hostname: given,
  hostNetwork: z.literal(false, "the network of the host is not modelled by the local cloud"),
  hostPID: z.literal(false, "the processes of the host are not modelled by the local cloud"),
  hostIPC: z.literal(false, "the IPC of the host is not modelled by the local cloud"),
  hostAliases: list(optional({ ip: given, hostnames: given })),
  imagePullSecrets: given,
  affinity: given,
  nodeSelector: given,
  tolerations: given,
  topologySpreadConstraints: given,
  priorityClassName: given,
  schedulerName: given,
  dnsPolicy: given,
  dnsConfig: given,
});

export const modelledPodTemplate = z.strictObject({ metadata: modelledMetadata.optional(), spec: podSpec });
