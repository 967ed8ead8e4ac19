import { z } from "zod";
import { Refusal, type Bag, type Cloud, type Kind } from "../../../contract";
import { arn, isBag, knownText, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";
import { pendingKey, stringsOf } from "./acl";
import { groupsWith } from "./cache-groups";
import { replicationGroupType, userGroupType, userType } from "./names";

const state = stateKind({
  type: userGroupType,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    userGroupId: z
      .string()
      .max(40)
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "begins with a letter and holds letters, digits and hyphens only"),
    engine: z.string().regex(/^(redis|valkey)$/i, "must be redis or valkey"),
    userIds: z.array(z.string().min(1)).min(1).optional(),
  }),
  identify: ({ userGroupId }) => userGroupId.toLowerCase(),
  replaceOn: ["userGroupId", "engine"],
  admit(given, { cloud }) {
    refuseMembers(given, cloud);
    for (const id of given.userIds ?? [])
      if (id !== "default" && !cloud.resource(userType, id))
        throw new Refusal("UserNotFound", `the user '${id}' does not exist; create it first`);
  },
  outputs: (given, { id, cloud }) => ({
    userGroupId: id,
    arn: arn(cloud, "elasticache", `usergroup:${id}`, regionOf(given, cloud)),
  }),
  dismiss({ id }, cloud) {
    const cache = cloud
      .resources(replicationGroupType)
      .find(({ inputs }) => stringsOf(inputs.userGroupIds).includes(id));
    if (cache)
      throw new Refusal(
        "InvalidUserGroupState",
        `the user group '${id}' is in use by the replication group '${cache.id}'; take it from there first`,
      );
  },
});

/**
 * Which users may be together in one group: ElastiCache User Guide, "Role-Based Access Control". Checked when the group is written, not in
 * preview: a user may be changing in the same update.
 */
function refuseMembers(given: { engine: string; userIds?: string[] }, cloud: Cloud): void {
  const engine = given.engine.toLowerCase();
  const ids = given.userIds ?? [];
  const members = ids.flatMap((id) => cloud.resource(userType, id) ?? []);
  const names = [
    ...members.flatMap(({ inputs }) => knownText(inputs, "userName") ?? []),
    ...ids.filter((id) => id === "default"),
  ];
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined) throw new Refusal("DuplicateUserName", `two users of the group have the user name "${twin}"`);
  if (engine === "redis" && !names.includes("default"))
    throw new Refusal("DefaultUserRequired", 'the user group needs to contain a user with the user name "default"');
  for (const { id, inputs } of members) {
    if (engine === "redis" && knownText(inputs, "engine")?.toLowerCase() === "valkey")
      throw new Refusal(
        "InvalidParameterCombination",
        `'${id}' is a user of engine valkey; a group of engine redis takes redis users only`,
      );
    if (engine === "valkey" && needsNoPassword(inputs)) throw noPasswordRefusal(id);
  }
  if (engine === "valkey" && ids.includes("default")) throw noPasswordRefusal("default");
}

function noPasswordRefusal(id: string): Refusal {
  return new Refusal(
    "InvalidParameterCombination",
    `the user '${id}' needs no password, and a user group of engine valkey takes only users that authenticate; give it a password (one nobody keeps will do for a user that is off)`,
  );
}

function needsNoPassword({ noPasswordRequired, authenticationMode }: Bag): boolean {
  return (
    noPasswordRequired === true || (isBag(authenticationMode) && authenticationMode.type === "no-password-required")
  );
}

/** A changed membership reaches the nodes of every cache that uses the group. */
export const cacheUserGroup: Kind = {
  ...state,
  async update(operation) {
    const outputs: Bag = (await state.update?.(operation)) ?? {};
    const pending = new Map([[pendingKey(userGroupType, operation.id), operation.inputs]]);
    for (const cache of groupsWith(operation.cloud, "userGroupIds", operation.id)) await cache.refresh(pending);
    return outputs;
  },
};
