import { Redis, type RedisOptions } from "ioredis";
import type { Bag, Kind, Resource } from "../../../../../local/contract";
import { cacheGroup } from "../../../../../local/providers/aws/elasticache/cache-groups";
import { cacheParameterGroup } from "../../../../../local/providers/aws/elasticache/parameter-group";
import { replicationGroup } from "../../../../../local/providers/aws/elasticache/replication-group";
import { cacheUser } from "../../../../../local/providers/aws/elasticache/user";
import { cacheUserGroup } from "../../../../../local/providers/aws/elasticache/user-group";
import { createResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

export const password = "a-password-of-the-clinic";

/** A cloud for tests of caches: everything it starts and every connection it opens ends with `close`. */
export class CacheFixture {
  readonly #clients: Redis[] = [];

  private constructor(public cloud: TestCloud) {}

  static async open(): Promise<CacheFixture> {
    return new CacheFixture(await TestCloud.open());
  }

  create(kind: Kind, inputs: Bag, name = "cache"): Promise<Resource> {
    return createResource(this.cloud, kind, inputs, { name });
  }

  /** TLS, one application user, `nodes` nodes with failover. */
  async group(more: Bag = {}): Promise<Resource> {
    await this.users();
    await this.create(cacheParameterGroup, {
      name: "clinic",
      family: "valkey7",
      parameters: [
        { name: "maxmemory-policy", value: "allkeys-lfu" },
        { name: "slowlog-max-len", value: "512" },
      ],
    });
    return this.create(replicationGroup, {
      replicationGroupId: "clinic-cache",
      description: "test",
      engine: "valkey",
      engineVersion: "7.2",
      nodeType: "cache.t4g.micro",
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      parameterGroupName: "clinic",
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      userGroupIds: ["clinic-users"],
      ...more,
    });
  }

  async users(): Promise<void> {
    const engine = "valkey";
    const off = { userId: "clinic-default", userName: "default", engine, accessString: "off ~* -@all" };
    await this.create(
      cacheUser,
      { ...off, authenticationMode: { type: "password", passwords: [`${password}-x`] } },
      "off",
    );
    const app = {
      userId: "clinic-app",
      userName: "app",
      engine,
      accessString: "on ~* &* +@all -@admin -@dangerous +info",
    };
    await this.create(cacheUser, { ...app, authenticationMode: { type: "password", passwords: [password] } }, "app");
    await this.create(cacheUserGroup, {
      userGroupId: "clinic-users",
      engine,
      userIds: ["clinic-default", "clinic-app"],
    });
  }

  /** A client as an application has it, except that it gives up at once unless told otherwise. */
  client(host: unknown, options: RedisOptions = {}): Redis {
    const client = new Redis({
      host: String(host),
      port: 6379,
      username: "app",
      password,
      tls: { ca: this.cloud.authority.certificatePem },
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      commandTimeout: 5_000,
      ...options,
    });
    client.on("error", () => undefined);
    this.#clients.push(client);
    return client;
  }

  controller(resource: Resource) {
    return cacheGroup(this.cloud, resource.id);
  }

  /** The local cloud dies: its processes get the signal the kernel would send them. */
  async restartCloud(): Promise<void> {
    await this.cloud.processes.close(10_000);
    this.cloud = await this.cloud.reopen();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.cloud.processes.close(10_000);
    await this.cloud.close();
  }
}
