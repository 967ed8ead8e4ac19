import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { askCloud, type StartedCloud } from "./cloud/local-cloud";
import type { StackPlaces } from "./places";
import type { Project } from "./project";

const addressesSchema = z.object({ addresses: z.array(z.string()) });
const certificateSchema = z.object({ certificatePem: z.string(), privateKeyPem: z.string() });
const savedSchema = certificateSchema.extend({ hosts: z.array(z.string()) });
const poolerSchema = z.record(z.string(), z.unknown()).default({});

/** The program of this repository; other people's programs get their configuration as it is written. */
export const ownProject = "plinth";

/** What only this machine can know of the production program's configuration: whom to trust, and the poolers' addresses and certificate. */
export async function localConfig(
  project: Project,
  places: StackPlaces,
  cloud: StartedCloud,
  release: string,
): Promise<Record<string, unknown>> {
  if (project.name !== ownProject) return {};
  const namespace =
    typeof project.config["plinth:namespace"] === "string" ? project.config["plinth:namespace"] : "plinth";
  const names = ["pgbouncer-rw", "pgbouncer-ro"].map((service) => `service/${namespace}/${service}`);
  const { addresses } = addressesSchema.parse(await askCloud(places, "addresses", { names }));
  const [rw, ro] = addresses;
  return {
    "plinth:caBundle": readFileSync(cloud.caFile, "utf8"),
    "plinth:poolerTls": await poolerCertificate(places, namespace, addresses),
    "plinth:pooler": { ...poolerSchema.parse(project.config["plinth:pooler"]), clusterIps: { rw, ro } },
    "plinth:applicationRelease": release,
  };
}

/** Issued once and kept: a new certificate would roll the poolers on every update. */
async function poolerCertificate(places: StackPlaces, namespace: string, addresses: readonly string[]) {
  const file = join(places.engineRoot, "pooler-tls.json");
  const hosts = [
    ...addresses,
    ...["pgbouncer-rw", "pgbouncer-ro"].map((name) => `${name}.${namespace}.svc.cluster.local`),
  ];
  const saved = existsSync(file) ? savedSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
  const fresh =
    saved && saved.hosts.join() === hosts.join()
      ? saved
      : {
          ...certificateSchema.parse(await askCloud(places, "certificate", { commonName: "pgbouncer", hosts })),
          hosts,
        };
  if (fresh !== saved) {
    writeFileSync(`${file}.draft`, JSON.stringify(fresh), { mode: 0o600 });
    renameSync(`${file}.draft`, file);
  }
  return { certificatePem: fresh.certificatePem, privateKeyPem: fresh.privateKeyPem };
}
