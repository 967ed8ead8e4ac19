/** What the local cloud accepts without acting on it, and why: the contents of a section of docs/local.md. */
export const notEnforcedLocally: readonly { readonly property: string; readonly reason: string }[] = [
  {
    property: "resources limits and requests",
    reason: "processes share the machine; the values are visible to resourceFieldRef only",
  },
  {
    property: "affinity, nodeSelector, tolerations, topologySpreadConstraints, schedulerName",
    reason: "there is one node",
  },
  { property: "priorityClassName", reason: "nothing is preempted" },
  { property: "NetworkPolicy", reason: "pods have addresses of their own but share the network of the machine" },
  {
    property: "HorizontalPodAutoscaler metrics and behavior",
    reason: "load is not measured; minReplicas and maxReplicas hold",
  },
  { property: "PodDisruptionBudget", reason: "nothing evicts pods" },
  {
    property: "image, imagePullPolicy, imagePullSecrets",
    reason: "no image is pulled: programs of this machine run in its place",
  },
  { property: "automountServiceAccountToken, ServiceAccount, RBAC", reason: "there is no API server to talk to" },
  {
    property: "seccompProfile, appArmorProfile, seLinuxOptions",
    reason: "containers run without any capability and without new privileges",
  },
  {
    property: "emptyDir medium and sizeLimit",
    reason: "an emptyDir is a directory of the local cloud's state, removed with its pod",
  },
  {
    property: "dnsPolicy, dnsConfig, enableServiceLinks",
    reason: "Services are looked up in /etc/hosts, which is kept current",
  },
  {
    property: "fsGroupChangePolicy, terminationMessagePath, terminationMessagePolicy",
    reason: "no effect on what a pod sees",
  },
  { property: "revisionHistoryLimit", reason: "old ReplicaSets are not kept" },
  { property: "startingDeadlineSeconds", reason: "runs missed while the local cloud was down are not made up for" },
  { property: "internalTrafficPolicy, ipFamilies, ipFamilyPolicy, appProtocol", reason: "one node, IPv4" },
];
