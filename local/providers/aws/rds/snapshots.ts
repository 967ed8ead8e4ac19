import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Refusal, type Cloud } from "../../../contract";
import type { Database } from "./database";

const snapshotSchema = z.object({
  identifier: z.string(),
  /** Of the instance it was taken from. */
  resourceId: z.string(),
  instance: z.string(),
  engineVersion: z.string(),
  /** Major version of the server that wrote the files. */
  serverMajor: z.number().int(),
  username: z.string(),
  takenAt: z.string(),
});

export type Snapshot = z.infer<typeof snapshotSchema>;

const collection = "rds-snapshots";

export function findSnapshot(cloud: Cloud, identifier: string): Snapshot | undefined {
  return cloud.records.get(collection, identifier, snapshotSchema);
}

export function snapshotData(cloud: Cloud, identifier: string): string {
  return join(cloud.root, "rds-snapshots", identifier, "data");
}

/**
 * Takes the final snapshot of a database that is about to go: shut down properly, its files become the snapshot. Repeatable: what a killed
 * deletion took already is kept. @throws Refusal DBSnapshotAlreadyExists
 */
export async function takeFinalSnapshot(
  cloud: Cloud,
  database: Database,
  about: { identifier: string; engineVersion: string; username: string },
): Promise<void> {
  const { resourceId } = database.state;
  const before = findSnapshot(cloud, about.identifier);
  if (before && before.resourceId !== resourceId)
    throw new Refusal("DBSnapshotAlreadyExists", `cannot create the snapshot '${about.identifier}': it exists already`);
  await database.close();
  const target = snapshotData(cloud, about.identifier);
  if (existsSync(database.primary.dataDirectory) && !existsSync(target)) {
    cloud.records.put(collection, about.identifier, {
      ...about,
      resourceId,
      instance: database.id,
      serverMajor: database.primary.binaries.major,
      takenAt: new Date().toISOString(),
    } satisfies Snapshot);
    mkdirSync(join(target, ".."), { recursive: true, mode: 0o711 });
    renameSync(database.primary.dataDirectory, target);
  }
}
