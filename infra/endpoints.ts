import * as pulumi from "@pulumi/pulumi";
import { postgresPort, cachePort } from "./network/ports";
import { poolerPort } from "./pooler/pgbouncer-settings";
import { cacheUser, databaseName, databaseUsers } from "./security/database-users";

/** Connection URLs of the tier. */
export interface Endpoints {
  readonly writer: string;
  readonly readers: readonly string[];
  readonly poolerRw: string;
  readonly poolerRo: string;
  readonly cache: string;
}

/** URL of a PostgreSQL server or pooler, for the application's user unless told; every client verifies who answers. */
export function postgresUrl(
  host: string,
  port: number,
  password: string,
  user: string = databaseUsers.application,
): string {
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${databaseName}?sslmode=verify-full`;
}

/** URL of the cache for the application's user, over TLS. */
export function cacheUrl(host: string, password: string): string {
  return `rediss://${cacheUser}:${encodeURIComponent(password)}@${host}:${cachePort}`;
}

export interface EndpointSources {
  readonly writerHost: pulumi.Output<string>;
  readonly readerHosts: readonly pulumi.Output<string>[];
  readonly poolerRwHost: pulumi.Output<string>;
  readonly poolerRoHost: pulumi.Output<string>;
  readonly cacheHost: pulumi.Output<string>;
  readonly applicationPassword: pulumi.Output<string>;
  readonly cachePassword: pulumi.Output<string>;
}

/** All URLs as one secret: they hold passwords. */
export function describeEndpoints(sources: EndpointSources): pulumi.Output<Endpoints> {
  return pulumi.secret(
    pulumi
      .all([
        sources.writerHost,
        pulumi.all([...sources.readerHosts]),
        sources.poolerRwHost,
        sources.poolerRoHost,
        sources.cacheHost,
        sources.applicationPassword,
        sources.cachePassword,
      ])
      .apply(([writer, readers, poolerRw, poolerRo, cache, application, cachePassword]) => ({
        writer: postgresUrl(writer, postgresPort, application),
        readers: readers.map((reader) => postgresUrl(reader, postgresPort, application)),
        poolerRw: postgresUrl(poolerRw, poolerPort, application),
        poolerRo: postgresUrl(poolerRo, poolerPort, application),
        cache: cacheUrl(cache, cachePassword),
      })),
  );
}

/** The master user's URL, a secret: for the application's migrations, straight to the primary. */
export function administratorUrl(host: pulumi.Output<string>, password: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.secret(
    pulumi
      .all([host, password])
      .apply(([writer, admin]) => postgresUrl(writer, postgresPort, admin, databaseUsers.admin)),
  );
}
