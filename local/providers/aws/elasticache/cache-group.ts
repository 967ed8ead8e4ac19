import { copyFileSync, chownSync, existsSync } from "node:fs";
import { join } from "node:path";
import { Refusal, type Bag, type Cloud } from "../../../contract";
import { unprivilegedAccount } from "../../../processes/accounts";
import { RedisNode } from "../../../processes/redis-node";
import type { RunningProcess } from "../../../processes/supervisor";
import { waitFor } from "../../../processes/wait";
import { nothingPending, type Pending } from "./acl";
import { dropGroup, memberId, newGroup, readGroup, writeGroup, type CacheGroupRecord } from "./cache-group-record";
import { CachePlaces } from "./cache-places";
import { cacheSettings, nodeCount, type CacheSettings } from "./cache-settings";
import { electPrimary } from "./election";
import { afterRestart } from "./parameters";
import { Restarts } from "./restarts";
import { snapshotFile } from "./snapshots";

const internalUser = "plinth-internal";

/**
 * The nodes of one replication group: one primary, the others its replicas.
 *
 * A node is down → starting → serving → (its process exits) down. When the primary's process exits and failover is on, the replica that has
 * seen most of the stream is promoted and takes over the endpoint's address; whatever exited is started again, as a replica if the group has
 * another primary by then. Replication is asynchronous, as in ElastiCache: what the old primary had not sent is lost.
 */
export class CacheGroup {
  readonly places: CachePlaces;
  readonly #nodes = new Map<number, RedisNode>();
  readonly #restarts = new Restarts();
  /** Nodes whose exit somebody asked for. */
  readonly #expected = new Set<number>();
  #settings: CacheSettings | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly cloud: Cloud,
    readonly id: string,
  ) {
    this.places = new CachePlaces(cloud, id);
  }

  get record(): CacheGroupRecord {
    const record = readGroup(this.cloud, this.id);
    if (!record) throw new Error(`the replication group '${this.id}' has no record`);
    return record;
  }

  get settings(): CacheSettings {
    if (!this.#settings) throw new Error(`the replication group '${this.id}' is not running`);
    return this.#settings;
  }

  get primary(): RedisNode {
    return this.#node(this.record.primary);
  }

  get nodes(): readonly RedisNode[] {
    return this.record.nodes.map((node) => this.#node(node));
  }

  /** Founds the group or brings it back: finishes whatever an earlier start began. `snapshotName`: what a new group begins with. */
  start(inputs: Bag, options: { tokens?: readonly string[]; snapshotName?: string } = {}): Promise<void> {
    return this.#exclusive(async () => {
      this.#stopped = false;
      const record = readGroup(this.cloud, this.id) ?? newGroup(this.id, nodeCount(inputs), options.tokens ?? []);
      writeGroup(this.cloud, record);
      this.#settings = cacheSettings(inputs, record.tokens, this.cloud, nothingPending);
      for (const note of this.#settings.notes) this.cloud.log.info(`${this.id}: ${note}`);
      if (!this.#node(record.primary).alive) await this.#startNode(record.primary, options.snapshotName);
      await Promise.all(
        record.nodes.map(async (node) => {
          if (node !== record.primary && !this.#node(node).alive) await this.#startNode(node);
        }),
      );
      await this.#waitForReplicas();
      await this.#placeEndpoints();
    });
  }

  /** Brings running nodes to what the inputs, and what is pending on others' behalf, ask for now. */
  reconfigure(inputs: Bag, pending: Pending = nothingPending, tokens?: readonly string[]): Promise<void> {
    return this.#exclusive(async () => {
      if (tokens) writeGroup(this.cloud, { ...this.record, tokens: [...tokens] });
      const before = this.settings;
      const next = cacheSettings(inputs, this.record.tokens, this.cloud, pending);
      this.#settings = next;
      await this.#resize(next.nodes);
      const changed = Object.fromEntries(
        Object.entries(next.directives).filter(([name, value]) => before.directives[name] !== value),
      );
      const now = Object.fromEntries(Object.entries(changed).filter(([name]) => !afterRestart.has(name)));
      for (const node of this.nodes.filter(({ alive }) => alive)) {
        await node.configure(now);
        await node.setUsers([...next.users, this.#internalUser()]);
      }
      const waiting = Object.keys(changed).filter((name) => afterRestart.has(name));
      if (waiting.length > 0) this.cloud.log.info(`${this.id}: ${waiting.join(", ")} take effect when a node restarts`);
      await this.#placeEndpoints();
    });
  }

  /** Ends the primary without warning, as a test failover does, and waits until another node has its place. */
  async failOver(): Promise<string> {
    const before = this.record.primary;
    if (!this.settings.failover || this.nodes.length < 2)
      throw new Refusal(
        "InvalidReplicationGroupState",
        `'${this.id}' needs automatic failover and a replica to fail over`,
      );
    this.#node(before).signal("SIGKILL");
    await waitFor({ what: `failover of '${this.id}'`, timeoutMs: 30_000 }, () =>
      this.record.primary !== before ? this.primary.bound.includes(this.places.primaryEndpoint) : false,
    );
    return memberId(this.id, this.record.primary);
  }

  /** Restarts one node in its place and role. */
  reboot(node: number): Promise<void> {
    return this.#exclusive(async () => {
      if (!this.record.nodes.includes(node))
        throw new Refusal("CacheClusterNotFound", `'${this.id}' has no node ${memberId(this.id, node)}`);
      await this.#stopNode(node);
      await this.#startNode(node);
      await this.#waitForReplicas();
      await this.#placeEndpoints();
    });
  }

  /** Stops the processes and removes everything but snapshots. */
  delete(inputs: Bag): Promise<void> {
    return this.#exclusive(async () => {
      this.#stopped = true;
      this.#restarts.cancel();
      this.#settings ??= cacheSettings(inputs, [], this.cloud, nothingPending);
      const nodes = readGroup(this.cloud, this.id)?.nodes ?? [];
      await Promise.all(nodes.map((node) => this.#stopNode(node)));
      for (const node of nodes) this.places.forgetNode(node);
      this.places.forget();
      dropGroup(this.cloud, this.id);
    });
  }

  async #startNode(number: number, snapshotName?: string): Promise<void> {
    const { record, settings } = this;
    const node = this.#node(number);
    const directory = this.places.prepareDirectory(number);
    const restore = snapshotName !== undefined && !existsSync(join(directory, "appendonlydir"));
    if (restore) {
      copyFileSync(snapshotFile(this.cloud, snapshotName), join(directory, "dump.rdb"));
      const { uid, gid } = unprivilegedAccount();
      if (process.getuid?.() === 0) chownSync(join(directory, "dump.rdb"), uid, gid);
    }
    const isPrimary = number === record.primary;
    this.#expected.delete(number);
    const running = await node.start({
      bind: [node.spec.address, ...(isPrimary ? [this.places.primaryEndpoint] : [])],
      directives: settings.directives,
      users: [...settings.users, this.#internalUser()],
      journal: !restore,
      ...(settings.tls ? { tls: await this.places.certificate(record.nodes) } : {}),
      ...(isPrimary ? {} : { replicaOf: { address: this.places.nodeAddress(record.primary), port: settings.port } }),
    });
    if (restore) await node.configure({ appendonly: "yes" });
    void running.exited.then(() => this.#exclusive(() => this.#onExit(number, running)));
  }

  /** Decides what an exit means. Runs alone: no other change to the group is under way. */
  async #onExit(number: number, running: RunningProcess): Promise<void> {
    if (this.#leftDown() || this.#expected.has(number) || this.#node(number).pid !== running.pid) return;
    this.cloud.log.warn(`${memberId(this.id, number)} exited`);
    if (number === this.record.primary && this.settings.failover) await this.#promoteReplica();
    else await this.#placeEndpoints();
    this.#restarts.schedule(number, () => this.#exclusive(() => this.#bringBack(number)));
  }

  async #bringBack(number: number): Promise<void> {
    if (this.#leftDown() || !this.record.nodes.includes(number) || this.#node(number).alive) return;
    try {
      await this.#startNode(number);
      await this.#placeEndpoints();
      this.cloud.log.info(
        `${memberId(this.id, number)} is back as ${number === this.record.primary ? "primary" : "replica"}`,
      );
    } catch (error) {
      this.cloud.log.warn(error instanceof Error ? error.message : String(error));
      this.#restarts.schedule(number, () => this.#exclusive(() => this.#bringBack(number)));
    }
  }

  async #promoteReplica(): Promise<void> {
    const elected = await electPrimary(this.#others(), (number) => this.#node(number));
    if (elected === undefined)
      return this.cloud.log.warn(`${this.id}: no replica can take over; the primary restarts in place`);
    await this.#node(elected).promote();
    writeGroup(this.cloud, { ...this.record, primary: elected });
    await this.#placeEndpoints();
    const address = this.places.nodeAddress(elected);
    await Promise.all(this.#others().map((number) => this.#node(number).follow(address)));
    this.cloud.log.info(`${memberId(this.id, elected)} is the primary now`);
  }

  /** Gives the endpoints' addresses to the nodes that shall serve them: first they are let go, then taken. */
  async #placeEndpoints(): Promise<void> {
    const { primary, nodes } = this.record;
    const live = nodes.filter((number) => this.#node(number).alive);
    const reader = live.find((number) => number !== primary) ?? primary;
    const plans = live.map((number) => ({
      node: this.#node(number),
      addresses: [
        this.places.nodeAddress(number),
        ...(number === primary ? [this.places.primaryEndpoint] : []),
        ...(number === reader ? [this.places.readerEndpoint] : []),
      ],
    }));
    for (const { node, addresses } of plans)
      await node.rebind(node.bound.filter((address) => addresses.includes(address)));
    for (const { node, addresses } of plans) await node.rebind(addresses);
  }

  async #waitForReplicas(): Promise<void> {
    await Promise.all(
      this.#others().map((number) =>
        waitFor(
          { what: `${memberId(this.id, number)} in sync with its primary`, timeoutMs: 60_000 },
          async () => (await this.#node(number).replication()).linkUp,
        ),
      ),
    );
  }

  async #resize(count: number): Promise<void> {
    const { primary, nodes } = this.record;
    if (nodes.length < count) {
      const free = Array.from({ length: count + nodes.length }, (_, index) => index + 1).filter(
        (n) => !nodes.includes(n),
      );
      const added = free.slice(0, count - nodes.length);
      writeGroup(this.cloud, { ...this.record, nodes: [...nodes, ...added].sort((a, b) => a - b) });
      await Promise.all(added.map((number) => this.#startNode(number)));
      await this.#waitForReplicas();
    } else if (nodes.length > count) {
      const removed = nodes.filter((number) => number !== primary).slice(count - nodes.length);
      for (const number of removed) await this.#stopNode(number);
      writeGroup(this.cloud, { ...this.record, nodes: nodes.filter((number) => !removed.includes(number)) });
      for (const number of removed) this.places.forgetNode(number);
    }
  }

  async #stopNode(number: number): Promise<void> {
    this.#expected.add(number);
    await this.#node(number).stop();
  }

  /** Live replicas. */
  #others(): number[] {
    const { primary, nodes } = this.record;
    return nodes.filter((number) => number !== primary && this.#node(number).alive);
  }

  #node(number: number): RedisNode {
    const known = this.#nodes.get(number);
    if (known) return known;
    const { password } = this.record;
    const node = new RedisNode(
      {
        key: `elasticache/${memberId(this.id, number)}`,
        address: this.places.nodeAddress(number),
        port: this.settings.port,
        directory: this.places.nodeDirectory(number),
        logFile: this.places.logFile(number),
        binary: this.settings.binary,
        internal: { user: internalUser, password },
        ...(this.settings.tls ? { authorityPem: this.cloud.authority.certificatePem } : {}),
      },
      this.cloud.processes,
    );
    this.#nodes.set(number, node);
    return node;
  }

  #internalUser() {
    return { name: internalUser, rules: ["on", `>${this.record.password}`, "~*", "&*", "+@all"] };
  }

  #leftDown(): boolean {
    return this.#stopped || this.cloud.processes.closing;
  }

  /** One change at a time, in the order they were asked for. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work, work);
    this.#queue = turn.catch(() => undefined); // reported to whoever asked, the next one starts regardless
    return turn;
  }
}
