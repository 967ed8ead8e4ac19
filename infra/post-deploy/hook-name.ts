import { digest } from "../cluster/digest";
import { postgresPort } from "../network/ports";
import { databaseName, databaseUsers } from "../security/database-users";

/** Everything that decides what a run of the hook does. */
export interface HookContent {
  readonly program: string;
  readonly manifest: string;
  /** A new release of the application may have made tables that were pending before. */
  readonly applicationRelease: string;
  readonly image: string;
  readonly host: string;
}

/** Name of the Job: the same name means that there is nothing to do, a new one runs once. */
export function hookJobName(content: HookContent): string {
  const { program, manifest, applicationRelease, image, host } = content;
  const connection = [host, String(postgresPort), databaseName, databaseUsers.admin];
  return `plinth-hook-${digest(program, manifest, applicationRelease, image, ...connection)}`;
}
