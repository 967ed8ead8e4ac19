import { z } from "zod";
import { Refusal, type Cloud } from "../../../contract";

const collection = "secretsmanager-deleted";
const deleted = z.object({ name: z.string(), deletionDate: z.string() });

/** A deleted secret keeps its name until the recovery window ends: the surprise of every second destroy-and-create. */
export function keepName(cloud: Cloud, region: string, name: string, days: number): void {
  const deletionDate = new Date(Date.now() + days * 86_400_000).toISOString();
  cloud.records.put(collection, `${region}/${name}`, { name, deletionDate });
}

export function requireFreeName(cloud: Cloud, region: string, name: string): void {
  const grave = cloud.records.get(collection, `${region}/${name}`, deleted);
  if (!grave) return;
  if (Date.parse(grave.deletionDate) <= Date.now()) return cloud.records.delete(collection, `${region}/${name}`);
  throw new Refusal(
    "InvalidRequestException",
    `you can't create the secret '${name}' because a secret with this name is already scheduled for deletion (until ${grave.deletionDate}); ` +
      "use another name, or set recoveryWindowInDays to 0 on secrets that need not be recovered",
  );
}
