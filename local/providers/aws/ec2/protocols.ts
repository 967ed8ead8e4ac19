import type { Problem } from "../../../contract";

const named = ["tcp", "udp", "icmp", "icmpv6"];
const numbers: Readonly<Record<string, string>> = { "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", all: "-1" };

/** EC2 stores well-known protocol numbers by name. */
export function normalProtocol(protocol: string): string {
  const lower = protocol.toLowerCase();
  return numbers[lower] ?? lower;
}

/** What EC2 refuses about a protocol and its ports. `prefix` is the path of the rule: `ingress[0].` or empty. */
export function portProblems(
  rule: { protocol?: string; fromPort?: number; toPort?: number },
  names: { protocol: string; prefix?: string },
): Problem[] {
  const prefix = names.prefix ?? "";
  if (rule.protocol === undefined) return [];
  const protocol = normalProtocol(rule.protocol);
  if (!named.includes(protocol) && protocol !== "-1" && !(/^\d{1,3}$/.test(protocol) && Number(protocol) <= 255))
    return [
      {
        property: `${prefix}${names.protocol}`,
        reason: `must be tcp, udp, icmp, icmpv6, -1 or a protocol number, got "${rule.protocol}"`,
      },
    ];
  const { fromPort, toPort } = rule;
  if (fromPort === undefined || toPort === undefined || (protocol !== "tcp" && protocol !== "udp")) return [];
  const problems: Problem[] = [];
  for (const [property, port] of Object.entries({ fromPort, toPort }))
    if (port < 0 || port > 65_535)
      problems.push({ property: `${prefix}${property}`, reason: `a port lies between 0 and 65535, got ${port}` });
  if (fromPort > toPort)
    problems.push({ property: `${prefix}toPort`, reason: `must not be below fromPort (${fromPort}), got ${toPort}` });
  return problems;
}
