import { z } from "zod";
import type { Kind } from "../../../contract";
import { stateKind } from "./object";

const given = z.unknown();
const rbacVersion = "rbac.authorization.k8s.io/v1";
const describe: Kind["describe"] = async () => "kept; there is no API server to authorise anybody locally";

/** core/v1 ServiceAccount: a name that pods carry; no token is mounted. */
export const serviceAccount: Kind = stateKind(
  {
    apiVersion: "v1",
    kind: "ServiceAccount",
    modelled: { automountServiceAccountToken: given, imagePullSecrets: given, secrets: given },
  },
  { describe: async () => "kept; no token is mounted locally" },
);

const role: Kind = stateKind({ apiVersion: rbacVersion, kind: "Role", modelled: { rules: given } }, { describe });

const clusterRole: Kind = stateKind(
  {
    apiVersion: rbacVersion,
    kind: "ClusterRole",
    clusterScoped: true,
    modelled: { rules: given, aggregationRule: given },
  },
  { describe },
);

const roleBinding: Kind = stateKind(
  {
    apiVersion: rbacVersion,
    kind: "RoleBinding",
    modelled: { subjects: given, roleRef: given },
    immutable: ["roleRef"],
  },
  { describe },
);

const clusterRoleBinding: Kind = stateKind(
  {
    apiVersion: rbacVersion,
    kind: "ClusterRoleBinding",
    clusterScoped: true,
    modelled: { subjects: given, roleRef: given },
    immutable: ["roleRef"],
  },
  { describe },
);

/** Who may ask the API server for what: kept as state. */
export const accessKinds: readonly Kind[] = [serviceAccount, role, clusterRole, roleBinding, clusterRoleBinding];
