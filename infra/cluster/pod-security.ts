/** An unprivileged user id that no image of ours gives a meaning. */
export const unprivilegedUser = 65532;

/** What the "restricted" Pod Security Standard demands of a pod. */
export const podSecurity = {
  runAsNonRoot: true,
  runAsUser: unprivilegedUser,
  runAsGroup: unprivilegedUser,
  fsGroup: unprivilegedUser,
  seccompProfile: { type: "RuntimeDefault" },
};

/** What it demands of a container, and a root file system that nothing can be written to. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** The pod's own address: what to listen on where pods share a network namespace, and what peers connect to. */
export const podIpEnv = { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } };

/** Mode of mounted Secret files: the pod's group may read them, nobody else. */
export const secretFileMode = 0o440;

/** Label on a namespace whose pods may connect to the poolers. */
export const clientNamespaceLabel = { "plinth.dev/database-client": "true" };
