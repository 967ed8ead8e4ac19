import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Refusal, type Cloud } from "../../../contract";
import { nearestPostgres } from "../../../processes/postgres-binaries";
import { bootstrap, changePassword } from "./bootstrap";
import { DatabaseNode, type NodeSetting } from "./database-node";
import { dropState, otherNode, readState, writeState, type DatabaseState, type NodeName } from "./database-state";
import { ensureFollowing, streamingTimeoutMs } from "./follow";
import { nodeSetting, slotOf, standbyName, standbySlot, staticSettings, type DatabaseSpec } from "./node-settings";
import { dropSlot, ensureSlot, promote, waitUntilStreaming, waitUntilSynchronous } from "./replication";

/** Longest that commits may wait for a standby that streams and has caught up to confirm that it is synchronous. */
const synchronousTimeoutMs = 5_000;
const longestRetryMs = 10_000;
const patrolMs = 15_000;

/**
 * A database instance as it runs: one node, or two when Multi-AZ. Every event (a process ended, a parameter changed, an operator's wish)
 * ends in `#reconcile`, one at a time, which moves the instance along:
 *
 *   down ──(standby in sync)──▶ promoting ──▶ up, alone
 *   down ──(no standby in sync)──▶ restarted in place ──▶ up
 *   up, alone ──▶ standby copied or rewound ──▶ standby streaming ──▶ in sync (commits wait for it)
 *   in sync ──(standby lost)──▶ up, alone (commits wait for nobody)
 *   replica: down ──▶ up ──▶ following ──(diverged or too far behind)──▶ rewound or copied ──▶ following
 *
 * Only a standby that is in sync is promoted, always to a new timeline; `DatabaseState` says which flag is written before and which after.
 */
export class Database {
  readonly nodes: Readonly<Record<NodeName, DatabaseNode>>;
  readonly endpoint: string;
  #spec: DatabaseSpec;
  #state: DatabaseState;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #patrol: NodeJS.Timeout | undefined;
  #lastProblem: string | undefined;

  constructor(
    readonly cloud: Cloud,
    spec: DatabaseSpec,
    resourceId: string,
    private readonly find: (id: string) => Database | undefined,
    private readonly followers: (id: string) => readonly Database[],
  ) {
    const binaries = nearestPostgres(spec.declaredMajor);
    const node = (name: NodeName) => new DatabaseNode(cloud, `rds/${spec.id}/${name}`, binaries, spec.port);
    this.nodes = { a: node("a"), b: node("b") };
    this.endpoint = cloud.addresses.of(`rds/${spec.id}`);
    this.#spec = spec;
    this.#state = readState(cloud, spec.id) ?? {
      id: spec.id,
      primary: "a",
      inSync: false,
      promoting: false,
      standbyNeeds: "copy",
      applied: this.#statics(spec),
      replicationPassword: this.#source()?.replicationPassword ?? randomBytes(24).toString("base64url"),
      resourceId,
    };
  }

  get id(): string {
    return this.#spec.id;
  }
  get spec(): DatabaseSpec {
    return this.#spec;
  }
  get state(): Readonly<DatabaseState> {
    return this.#state;
  }
  get primary(): DatabaseNode {
    return this.nodes[this.#state.primary];
  }
  get standby(): DatabaseNode {
    return this.nodes[otherNode(this.#state.primary)];
  }
  get replicationPassword(): string {
    return this.#state.replicationPassword;
  }
  get lastProblem(): string | undefined {
    return this.#lastProblem;
  }
  get slotName(): string {
    return slotOf(this.id);
  }

  /** Makes it (or finishes making it) and waits until it is available. */
  async create(status: (message: string) => void, signal: AbortSignal): Promise<void> {
    await this.#exclusively(async () => {
      writeState(this.cloud, this.#state);
      if (!this.primary.complete) {
        status(this.#spec.source === undefined ? "creating: initdb" : `creating: copying ${this.#spec.source}`);
        await (this.#spec.source === undefined ? this.#found(signal) : this.#copySource(signal));
      }
      status("starting");
      if (this.#spec.source !== undefined) return this.#reconcileReplica();
      await this.#ensurePrimary();
      if (this.#spec.tenant) await bootstrap(this.primary, this.#spec.tenant, this.#state.replicationPassword);
    });
    if (this.#spec.multiAz) {
      status("creating the standby");
      await this.#exclusively(() => this.#reconcile());
    }
  }

  /** Starts what should run after the local cloud was restarted. */
  async resume(): Promise<void> {
    await this.#exclusively(() => this.#reconcile());
  }

  /** Takes a changed specification over: dynamic settings at once, static ones at the next reboot. */
  async change(spec: DatabaseSpec): Promise<void> {
    await this.#exclusively(async () => {
      const { tenant } = this.#spec;
      this.#spec = spec;
      await this.#reconcile();
      await this.#reload();
      const password = spec.tenant?.password;
      if (spec.tenant && password !== undefined && password !== tenant?.password)
        await changePassword(this.primary, spec.tenant.username, password);
      if (!spec.multiAz) await this.#removeStandby();
    });
  }

  /** Stops following: the replica becomes an instance of its own. */
  async detach(spec: DatabaseSpec): Promise<void> {
    await this.#exclusively(async () => {
      const source = this.#source();
      this.#spec = spec;
      await promote(this.primary);
      if (source?.primary.alive) await dropSlot(source.primary, this.slotName);
      await this.#reload();
    });
  }

  /** Restarts the engine, which brings static parameters into effect; with `failover` the standby takes over first. */
  async reboot(options: { failover?: boolean } = {}): Promise<void> {
    await this.#exclusively(async () => {
      if (options.failover && !this.#state.inSync)
        throw new Refusal("InvalidDBInstanceState", `${this.id} has no standby in sync to fail over to`);
      this.#save({ applied: this.#statics(this.#spec) });
      if (options.failover) {
        await this.primary.stop("immediate");
      } else {
        await this.#standDown();
        await this.primary.stop("fast");
      }
      await this.#reconcile();
    });
  }

  /** A replica can stop following without its process ending (its log is gone from the source): look now and then. */
  #watchReplica(): void {
    if (this.#spec.source === undefined) return;
    this.#patrol ??= setInterval(() => {
      if (this.primary.alive && this.#source()?.primary.alive) this.#kick();
    }, patrolMs).unref();
  }

  /** Ends its processes and stops watching them; the data stays. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#patrol);
    await Promise.all(Object.values(this.nodes).map((node) => node.stop("fast")));
    await this.#queue.catch(() => undefined);
  }

  /** Removes it from this machine. */
  async destroy(): Promise<void> {
    await this.close();
    const source = this.#source();
    if (source?.primary.alive) await dropSlot(source.primary, this.slotName);
    for (const node of Object.values(this.nodes)) {
      rmSync(node.socketDirectory, { recursive: true, force: true });
      this.cloud.addresses.release(node.key);
    }
    rmSync(join(this.cloud.root, "rds", this.id), { recursive: true, force: true });
    this.cloud.addresses.release(`rds/${this.id}`);
    dropState(this.cloud, this.id);
  }

  /** Names of parameters whose value in the group waits for a reboot. */
  pendingReboot(): string[] {
    const desired = this.#statics(this.#spec);
    return Object.keys(desired).filter((name) => desired[name] !== this.#state.applied[name]);
  }

  #isOver(): boolean {
    return this.#closed || this.cloud.processes.closing;
  }

  /** Runs `work` when nothing else moves the instance. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Something happened: look again, and keep looking until the instance is what it should be. */
  #kick(): void {
    if (this.#isOver()) return;
    clearTimeout(this.#retry);
    void this.#exclusively(async () => {
      if (this.#isOver()) return;
      try {
        await this.#reconcile();
        this.#failures = 0;
        this.#lastProblem = undefined;
      } catch (error) {
        this.#failures += 1;
        this.#lastProblem = error instanceof Error ? error.message : String(error);
        this.cloud.log.warn(`rds ${this.id}: ${this.#lastProblem}`);
        const delayMs = Math.min(100 * 2 ** this.#failures, longestRetryMs);
        this.#retry = setTimeout(() => this.#kick(), delayMs).unref();
      }
    });
  }

  async #reconcile(): Promise<void> {
    if (this.#spec.source !== undefined) return this.#reconcileReplica();
    if (!this.primary.complete) return;
    await this.#ensurePrimary();
    if (this.#state.inSync && !this.standby.alive) await this.#standAlone();
    if (this.#spec.multiAz && !this.#state.inSync) await this.#ensureStandby();
  }

  async #ensurePrimary(): Promise<void> {
    // When both are down (the local cloud was restarted) the primary's own data is the fuller one, if it still can be used.
    if (!this.primary.alive && this.#state.inSync && (this.standby.alive || !(await this.#startsInPlace()))) {
      const old = this.primary;
      // From here on the standby is the truth; nothing of the old primary may run when it comes up.
      this.#save({ primary: otherNode(this.#state.primary), inSync: false, promoting: true, standbyNeeds: "rewind" });
      await old.stop("immediate");
      this.cloud.log.info(`rds ${this.id}: ${old.key} is gone, ${this.primary.key} takes over`);
    }
    if (this.#state.promoting) {
      await this.primary.stop("fast");
      await this.#start(this.primary);
      this.#save({ promoting: false });
      for (const follower of this.followers(this.id)) await ensureSlot(this.primary, follower.slotName);
      this.#kickFollowers();
    }
    if (!this.primary.alive) {
      await this.#start(this.primary);
      this.#kickFollowers();
    }
  }

  async #startsInPlace(): Promise<boolean> {
    try {
      await this.#start(this.primary);
      this.#kickFollowers();
      return true;
    } catch (error) {
      if (this.#isOver()) throw error;
      this.cloud.log.warn(`rds ${this.id}: ${this.primary.key} cannot be started: ${String(error)}`);
      return false;
    }
  }

  #kickFollowers(): void {
    for (const follower of this.followers(this.id)) follower.#kick();
  }

  async #ensureStandby(): Promise<void> {
    const { primary, standby } = this;
    const name = standbyName(this.#state);
    await ensureSlot(primary, standbySlot);
    await this.#prepareStandby();
    if (!standby.alive) await this.#start(standby);
    try {
      await waitUntilStreaming(primary, standby, name, streamingTimeoutMs);
      await primary.configure({ ...this.#setting(primary), synchronousStandby: name });
      primary.reload();
      await waitUntilSynchronous(primary, standby, name, synchronousTimeoutMs);
    } catch (error) {
      await this.#reload(); // commits must not go on waiting for it
      if (primary.alive && standby.alive) this.#save({ standbyNeeds: "copy" });
      throw error;
    }
    this.#save({ inSync: true });
  }

  async #prepareStandby(): Promise<void> {
    const { primary, standby } = this;
    if (standby.complete && this.#state.standbyNeeds === "nothing") return;
    await standby.stop("fast");
    if (standby.complete && this.#state.standbyNeeds === "rewind") {
      await standby.configure(this.#setting(standby));
      await standby.rewindOrCopy(primary, standbySlot);
    } else {
      await standby.cloneFrom(primary, standbySlot);
    }
    this.#save({ standbyNeeds: "nothing" });
  }

  /** Commits no longer wait for the standby: said on disk first, so that it is never promoted after this. */
  async #standAlone(): Promise<void> {
    this.#save({ inSync: false });
    await this.#reload();
  }

  /** Restarts the standby for new static parameters, or removes it, without making commits wait meanwhile. */
  async #standDown(): Promise<void> {
    if (!this.#spec.multiAz) return;
    await this.#standAlone();
    await this.standby.stop("fast");
  }

  async #removeStandby(): Promise<void> {
    if (!this.standby.complete) return;
    await this.#standAlone();
    await this.standby.clear();
    if (this.primary.alive) await dropSlot(this.primary, standbySlot);
  }

  async #reconcileReplica(): Promise<void> {
    this.#watchReplica();
    const replica = this.primary;
    const source = this.#source()?.primary;
    if (!replica.complete) {
      if (!source?.alive) throw new Error(`${this.#spec.source ?? "its source"} is not available to copy`);
      await ensureSlot(source, this.slotName);
      await replica.cloneFrom(source, this.slotName);
    }
    if (!replica.alive) {
      replica.becomeStandby();
      await this.#start(replica);
    }
    if (!source?.alive) return; // its source kicks us when it is back
    await ensureFollowing({
      replica,
      source,
      slot: this.slotName,
      log: this.cloud.log,
      start: () => this.#start(replica),
    });
  }

  async #found(signal: AbortSignal): Promise<void> {
    const { snapshot } = this.#spec;
    if (snapshot === undefined) await this.primary.initialize(signal);
    else await this.primary.restore(snapshot, signal);
    this.primary.markComplete();
  }

  async #copySource(signal: AbortSignal): Promise<void> {
    const source = this.#source();
    if (!source?.primary.alive)
      throw new Refusal("InvalidDBInstanceState", `source instance ${this.#spec.source} is not available`);
    await ensureSlot(source.primary, this.slotName);
    await this.primary.cloneFrom(source.primary, this.slotName, signal);
  }

  async #start(node: DatabaseNode): Promise<void> {
    await node.configure(this.#setting(node));
    const promoted = node === this.primary && this.#state.promoting && node.isStandby;
    const running = promoted ? await node.startPromoted() : await node.start();
    void running.exited.then(() => this.#kick());
  }

  async #reload(): Promise<void> {
    for (const node of Object.values(this.nodes)) {
      if (!node.alive) continue;
      await node.configure(this.#setting(node));
      node.reload();
    }
  }

  #setting(node: DatabaseNode): NodeSetting {
    const source = this.#source();
    return nodeSetting({
      cloud: this.cloud,
      spec: this.#spec,
      state: this.#state,
      binaries: node.binaries,
      endpoint: this.endpoint,
      serving: node === this.primary,
      sourcePort: source?.spec.port,
    });
  }

  #source(): Database | undefined {
    return this.#spec.source === undefined ? undefined : this.find(this.#spec.source);
  }

  #statics(spec: DatabaseSpec): Record<string, string> {
    return staticSettings(spec.parameters, this.nodes.a.binaries);
  }

  #save(changes: Partial<DatabaseState>): void {
    this.#state = { ...this.#state, ...changes };
    writeState(this.cloud, this.#state);
  }
}
