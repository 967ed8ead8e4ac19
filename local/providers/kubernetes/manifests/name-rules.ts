import { UNKNOWN, type Bag, type Problem } from "../../../contract";

/** RFC 1123 label, RFC 1035 label (Services) and subdomain, as the API server checks them. */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const serviceLabel = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const rbac = /^[^/%]+$/;

/** What is wrong with the name and namespace of an object. */
export function nameProblems(kind: string, metadata: Bag): Problem[] {
  const { name, namespace } = metadata;
  const problems: Problem[] = [];
  if (typeof name === "string" && name !== UNKNOWN && !isName(kind, name))
    problems.push({
      property: "metadata.name",
      reason: `"${name}" is not a valid name for a ${kind}: ${ruleOf(kind)}`,
    });
  if (typeof namespace === "string" && namespace !== UNKNOWN && !label.test(namespace))
    problems.push({
      property: "metadata.namespace",
      reason: `"${namespace}" is not a valid namespace: ${ruleOf("Namespace")}`,
    });
  return problems;
}

/** Names of containers, volumes and ports are labels. */
export function isLabel(name: string): boolean {
  return label.test(name);
}

function isName(kind: string, name: string): boolean {
  if (kind === "Namespace") return label.test(name);
  if (kind === "Service") return serviceLabel.test(name);
  // CronJobs leave room for the 11 characters that their Jobs add.
  if (kind === "CronJob" && name.length > 52) return false;
  if (kind.includes("Role")) return rbac.test(name);
  return name.length <= 253 && subdomain.test(name);
}

function ruleOf(kind: string): string {
  if (kind === "Namespace")
    return "lower case letters, digits and '-', at most 63, beginning and ending with a letter or digit";
  if (kind === "Service") return "lower case letters, digits and '-', at most 63, beginning with a letter";
  if (kind === "CronJob") return "lower case letters, digits, '-' and '.', at most 52";
  if (kind.includes("Role")) return "no '/' and no '%'";
  return "lower case letters, digits, '-' and '.', at most 253, beginning and ending with a letter or digit";
}
