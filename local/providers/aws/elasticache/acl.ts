import { createHash } from "node:crypto";
import type { Bag, Cloud, Value } from "../../../contract";
import type { AclUser } from "../../../processes/redis-config";
import { isBag } from "../common";
import { restrictedCommands } from "./access-string";
import { userGroupType, userType } from "./names";

/** What is about to replace what the cloud remembers: inputs of resources that are being updated, by `TYPE|ID`. */
export type Pending = ReadonlyMap<string, Bag>;

export const nothingPending: Pending = new Map();

export function pendingKey(type: string, id: string): string {
  return `${type}|${id}`;
}

export function inputsOf(cloud: Cloud, pending: Pending, type: string, id: string): Bag | undefined {
  return pending.get(pendingKey(type, id)) ?? cloud.resource(type, id)?.inputs;
}

const restrictions = restrictedCommands.map((command) => `-${command}`);
const full = ["on", "~*", "&*", "+@all", ...restrictions];
const locked: AclUser = { name: "default", rules: ["off", "-@all"] };

/** The users of nodes that ask nobody: neither a token nor a user group is set. */
export function openAccess(): AclUser[] {
  return [{ name: "default", rules: ["nopass", ...full] }];
}

/** AUTH: the built-in user with one token, or two while one is rotated. */
export function tokenAccess(tokens: readonly string[]): AclUser[] {
  return [{ name: "default", rules: [...tokens.map(digest), ...full] }];
}

/** RBAC: the users of the group. A group of engine valkey may come without a default user, who is then locked out. */
export function groupAccess(cloud: Cloud, pending: Pending, userGroupId: string): AclUser[] {
  const ids = stringsOf(inputsOf(cloud, pending, userGroupType, userGroupId)?.userIds);
  const users = ids.flatMap((id) => {
    if (id === "default") return openAccess();
    const inputs = inputsOf(cloud, pending, userType, id);
    return inputs ? [aclUser(inputs)] : [];
  });
  return users.some(({ name }) => name === "default") ? users : [locked, ...users];
}

function aclUser(inputs: Bag): AclUser {
  const access = typeof inputs.accessString === "string" ? inputs.accessString.trim().split(/\s+/) : [];
  const passwords = passwordsOf(inputs).map(digest);
  const name = typeof inputs.userName === "string" ? inputs.userName : "";
  return { name, rules: [...(passwords.length > 0 ? passwords : ["nopass"]), ...access, ...restrictions] };
}

export function passwordsOf(inputs: Bag): string[] {
  const mode = inputs.authenticationMode;
  return [...stringsOf(inputs.passwords), ...(isBag(mode) ? stringsOf(mode.passwords) : [])];
}

export function stringsOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function digest(password: string): string {
  return `#${createHash("sha256").update(password).digest("hex")}`;
}
