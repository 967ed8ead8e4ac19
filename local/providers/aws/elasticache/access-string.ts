/** Categories of Redis 7, `ACL CAT`. */
const categories = new Set([
  ...[
    "all",
    "admin",
    "bitmap",
    "blocking",
    "connection",
    "dangerous",
    "fast",
    "geo",
    "hash",
    "hyperloglog",
    "keyspace",
  ],
  ...["list", "pubsub", "read", "scripting", "set", "slow", "sortedset", "stream", "string", "transaction", "write"],
]);
const words = new Set([
  ...["on", "off", "allkeys", "resetkeys", "allchannels", "resetchannels", "allcommands", "nocommands"],
  ...["clearselectors", "sanitize-payload", "skip-sanitize-payload"],
]);

/** The commands nobody may use on ElastiCache (User Guide, "Restricted commands"). */
export const restrictedCommands = [
  ...["acl|deluser", "acl|load", "acl|log", "acl|save", "acl|setuser", "bgrewriteaof", "bgsave", "config", "debug"],
  ...["failover", "migrate", "module", "psync", "replicaof", "save", "shutdown", "slaveof", "sync"],
] as const;

/** What ElastiCache refuses about an access string; empty when it takes it. */
export function accessStringProblems(text: string): string[] {
  const problems: string[] = [];
  for (const token of text.trim().split(/\s+/)) {
    const rule = token.replace(/^\(|\)$/g, "");
    const [first] = rule;
    if (rule === "" || words.has(rule)) continue;
    if (first === ">" || first === "<" || first === "#" || first === "!" || rule === "nopass" || rule === "resetpass")
      problems.push(`"${redact(rule)}": passwords are not part of an access string; use authenticationMode`);
    else if (rule === "reset") problems.push('"reset" is not allowed in an access string');
    else if (first === "~" || first === "&" || /^%(R|W|RW|WR)~/.test(rule)) continue;
    else if (first === "+" || first === "-") problems.push(...commandProblems(rule));
    else
      problems.push(
        `"${rule}" is not a rule of an access string (on, off, ~pattern, &pattern, +command, -@category …)`,
      );
  }
  return problems;
}

function commandProblems(rule: string): string[] {
  const name = rule.slice(1).toLowerCase();
  if (name.startsWith("@")) return categories.has(name.slice(1)) ? [] : [`"${rule}": there is no category ${name}`];
  if (!/^[a-z0-9_.-]+(\|[a-z0-9_-]+)?$/.test(name)) return [`"${rule}" does not name a command`];
  const restricted = restrictedCommands.some((command) => name === command || name.startsWith(`${command}|`));
  return restricted && rule.startsWith("+") ? [`"${rule}": ElastiCache does not offer the command ${name}`] : [];
}

function redact(rule: string): string {
  return /^[><#!]/.test(rule) ? `${rule.charAt(0)}…` : rule;
}
