import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { Account } from "../../../processes/accounts";

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly readOnlyRoot: boolean;
}

/**
 * Whom a container runs as: what it says itself, else what its pod says, else the local cloud's unprivileged account in place of the user of the
 * image, which nobody here can look up.
 */
export function runAs(pod: IPodSpec, container: IContainer, account: Account): RunAs {
  const own = container.securityContext;
  const shared = pod.securityContext;
  const uid = own?.runAsUser ?? shared?.runAsUser;
  // The runtime takes the group of the image's user database; for a bare number that is group 0.
  const gid = own?.runAsGroup ?? shared?.runAsGroup ?? (uid === undefined ? account.gid : 0);
  const fsGroup = shared?.fsGroup === undefined ? [] : [shared.fsGroup];
  return {
    uid: uid ?? account.uid,
    gid,
    groups: [...fsGroup, ...(shared?.supplementalGroups ?? [])],
    readOnlyRoot: own?.readOnlyRootFilesystem ?? false,
  };
}
