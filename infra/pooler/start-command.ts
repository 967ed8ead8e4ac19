import { listenFile, pidFile } from "./pgbouncer-ini";
import { serverConnectionsPerPod, type PgbouncerSettings } from "./pgbouncer-settings";

/** Descriptors beside the sockets: log, DNS, event loop, reserve. PgBouncer counts about 32 itself. */
const otherDescriptors = 64;

/** File descriptors that one pod needs: one per client, one per server connection, and its own. */
export function fileDescriptorsNeeded(settings: PgbouncerSettings): number {
  return Number(settings["max_client_conn"]) + serverConnectionsPerPod(settings) + otherDescriptors;
}

/**
 * Shell text that starts PgBouncer. It inherits the soft limit on open files, and 1000 clients fail under the usual 1024;
 * so the limit is raised or the pod says why it will not start. Only the pod knows its address: that part of the
 * configuration is written here. The pid file of a killed PgBouncer outlives it, since volumes outlive containers, and the
 * next one has the same pid and would take it for a living one.
 */
export function startCommand(settings: PgbouncerSettings): string {
  const needed = fileDescriptorsNeeded(settings);
  return [
    "set -eu",
    `if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt ${needed} ]; then`,
    `  ulimit -n ${needed} 2>/dev/null || { echo "pgbouncer needs ${needed} open files, this pod may have $(ulimit -Hn): raise the node's limit or lower max_client_conn" >&2; exit 1; }`,
    "fi",
    `printf 'listen_addr = %s\\n' "$POD_IP" > ${listenFile}`,
    `rm -f ${pidFile}`,
    "exec pgbouncer /etc/pgbouncer/config/pgbouncer.ini",
  ].join("\n");
}

/** Seconds for load balancers to notice that a pod is going before it stops accepting. */
const noticeSeconds = 2;

/** Seconds a pod gets to finish: the longest statement (statement_timeout, 30 s) and some air. */
export const drainSeconds = 45;

/**
 * Shell text of the preStop hook. SIGINT lets running transactions finish in every version (from 1.23 it also sends idle
 * clients away); SIGTERM, which Kubernetes would send, kills them before 1.23 and waits for ever from 1.23 on. So this
 * returns only when the process is gone.
 */
export function drainCommand(): string {
  return [
    `sleep ${noticeSeconds}`,
    `pid="$(cat ${pidFile})"`,
    'kill -INT "$pid"',
    'while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done',
  ].join("\n");
}
