import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Client, type ClientConfig } from "pg";

import { SchemaError, errorCode } from "../errors";
import type { Manifest } from "../manifest/manifest-schema";
import type { PasswordProbe } from "../plan/inspect/roles";

/**
 * The password of each login role from the file named after it; none when no directory is given.
 * @throws SchemaError naming every missing or empty file.
 */
export function readRolePasswords(directory: string | null, manifest: Manifest): Map<string, string> {
  const passwords = new Map<string, string>();
  if (directory === null) return passwords;
  const missing: string[] = [];
  for (const role of manifest.roles.filter((each) => each.login)) {
    const path = join(directory, role.name);
    const password = existsSync(path) ? readFileSync(path, "utf8").replace(/\r?\n$/, "") : "";
    if (password === "") missing.push(role.name);
    else passwords.set(role.name, password);
  }
  if (missing.length === 0) return passwords;
  throw new SchemaError({
    what: `There is no password for ${missing.map((name) => `role ${name}`).join(", ")}`,
    got: directory,
    cure: "Put one file a login role, named after it, into the directory PLINTH_ROLE_PASSWORDS names.",
  });
}

/** invalid_password, invalid_authorization_specification: the server knows the role and does not take the password. */
const REJECTED = new Set(["28P01", "28000"]);

/** Tries each password by logging in: managed services hide the stored verifiers, so there is nothing to compare with. */
export function loginProbe(connection: ClientConfig, passwords: Map<string, string>): PasswordProbe {
  return async (role) => {
    const password = passwords.get(role);
    if (password === undefined) return null;
    const client = new Client({ ...connection, user: role, password });
    try {
      await client.connect();
      return true;
    } catch (error) {
      if (REJECTED.has(errorCode(error))) return false;
      throw error;
    } finally {
      await client.end();
    }
  };
}
