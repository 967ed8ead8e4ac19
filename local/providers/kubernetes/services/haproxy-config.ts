export interface ProxiedPort {
  /** Name of the Service port, or its number. */
  readonly name: string;
  readonly port: number;
}

export interface ProxySettings {
  readonly address: string;
  readonly ports: readonly ProxiedPort[];
  readonly adminSocket: string;
  /** Connections at the same time, both sides counted as one. */
  readonly maxConnections: number;
  /** Send a client always to the same pod. */
  readonly sticky: boolean;
}

/** How many pods can stand behind one Service port. */
export const slotsPerPort = 64;

/** HAProxy as kube-proxy: TCP only, no time-outs that a connection in use could meet, no health checks (the pods' probes decide). */
export function haproxyConfig(settings: ProxySettings): string {
  const blocks = settings.ports.map(
    ({ name, port }) => `
frontend in-${name}
  bind ${settings.address}:${port}
  tcp-request connection reject if { nbsrv(pods-${name}) eq 0 }
  default_backend pods-${name}

backend pods-${name}
  balance ${settings.sticky ? "source" : "roundrobin"}
  server-template s 1-${slotsPerPort} 127.0.0.1:1 disabled
`,
  );
  // 5 d: the idle time after which a node's connection tracking forgets an established connection (nf_conntrack_tcp_timeout_established).
  return `global
  maxconn ${settings.maxConnections}
  stats socket ${settings.adminSocket} mode 600 level admin
  nbthread 2

defaults
  mode tcp
  maxconn ${settings.maxConnections}
  timeout connect 1s
  timeout client 5d
  timeout server 5d
  retries 3
  option redispatch 1
${blocks.join("")}`;
}

/** Which endpoint (`ip:port`) each slot serves; an endpoint keeps its slot for as long as it is there. */
export function assignSlots(
  slots: readonly (string | undefined)[],
  endpoints: readonly string[],
): (string | undefined)[] {
  const next = slots.map((endpoint) => (endpoint !== undefined && endpoints.includes(endpoint) ? endpoint : undefined));
  for (const endpoint of endpoints.filter((wanted) => !next.includes(wanted))) {
    const free = next.indexOf(undefined);
    if (free === -1) throw new Error(`more than ${slots.length} pods behind one Service are not modelled`);
    next[free] = endpoint;
  }
  return next;
}

/** Runtime commands that lead from one assignment to the next: a slot that goes takes no new connections, its old ones live on. */
export function slotCommands(
  backend: string,
  before: readonly (string | undefined)[],
  after: readonly (string | undefined)[],
): string[] {
  return after.flatMap((endpoint, index) => {
    if (endpoint === before[index]) return [];
    const server = `${backend}/s${index + 1}`;
    const off = `set server ${server} state maint`;
    if (endpoint === undefined) return [off];
    const [ip, port] = endpoint.split(":");
    const on = [`set server ${server} addr ${ip} port ${port}`, `set server ${server} state ready`];
    return before[index] === undefined ? on : [off, ...on];
  });
}
