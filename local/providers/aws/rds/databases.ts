import type { Cloud } from "../../../contract";
import { Database } from "./database";
import type { DatabaseSpec } from "./node-settings";

const running = new WeakMap<Cloud, Map<string, Database>>();

function databasesOf(cloud: Cloud): Map<string, Database> {
  const known = running.get(cloud);
  if (known) return known;
  const fresh = new Map<string, Database>();
  running.set(cloud, fresh);
  return fresh;
}

export function database(cloud: Cloud, id: string): Database | undefined {
  return databasesOf(cloud).get(id);
}

/** Read replicas of that instance. */
export function replicasOf(cloud: Cloud, id: string): Database[] {
  return [...databasesOf(cloud).values()].filter(({ spec }) => spec.source === id);
}

/** The database of that id, opened with this specification if it is not open yet. */
export function openDatabase(cloud: Cloud, spec: DatabaseSpec & { readonly resourceId: string }): Database {
  const databases = databasesOf(cloud);
  const known = databases.get(spec.id);
  if (known) return known;
  const fresh = new Database(
    cloud,
    spec,
    spec.resourceId,
    (id) => database(cloud, id),
    (id) => replicasOf(cloud, id),
  );
  databases.set(spec.id, fresh);
  return fresh;
}

export function forgetDatabase(cloud: Cloud, id: string): void {
  databasesOf(cloud).delete(id);
}

/** Ends every database of this cloud in order and stops watching; the data stays and `resume` brings them back. */
export async function closeDatabases(cloud: Cloud): Promise<void> {
  await Promise.all([...databasesOf(cloud).values()].map((open) => open.close()));
  running.delete(cloud);
}
