import { z } from "zod";
import { Refusal, type Bag, type Kind, type Problem } from "../../../contract";
import { arn, isBag, isGiven, knownText, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";
import { accessStringProblems } from "./access-string";
import { pendingKey, stringsOf } from "./acl";
import { groupsWith } from "./cache-groups";
import { userGroupType, userType } from "./names";

/** 16 to 128 printable characters: ElastiCache User Guide, "Authenticating with RBAC". */
const password = z.string().regex(/^[!-~]{16,128}$/, "has 16 to 128 printable characters");
const passwords = z.array(password).min(1).max(2, "a user has at most two passwords");

const state = stateKind({
  type: userType,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    userId: z
      .string()
      .max(40)
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "begins with a letter and holds letters, digits and hyphens only")
      .refine((id) => id.toLowerCase() !== "default", 'must not be "default", which AWS created'),
    userName: z.string().min(1).max(120).regex(/^\S+$/, "must not hold white space"),
    engine: z.string().regex(/^(redis|valkey)$/i, "must be redis or valkey"),
    accessString: z.string().regex(/\S/, "must not be empty"),
    authenticationMode: z
      .strictObject({
        // IAM authentication needs signed tokens, which nobody can issue here.
        type: z.enum(["password", "no-password-required"]),
        passwords: passwords.optional(),
      })
      .optional(),
    noPasswordRequired: z.boolean().optional(),
    passwords: passwords.optional(),
  }),
  refuse,
  identify: ({ userId }) => userId.toLowerCase(),
  replaceOn: ["userId", "userName"],
  admit({ userName }, { id, cloud, priorOutputs }) {
    if (userName === "plinth-internal")
      throw new Refusal("InvalidParameterValue", "userName plinth-internal is kept for the service itself");
    if (
      priorOutputs === undefined &&
      cloud.resources(userType).some((other) => other.id !== id && other.id === userName)
    )
      throw new Refusal("UserAlreadyExists", `the user '${userName}' exists already`);
  },
  outputs: (given, { id, cloud }) => ({
    userId: id,
    arn: arn(cloud, "elasticache", `user:${id}`, regionOf(given, cloud)),
    noPasswordRequired: given.noPasswordRequired ?? false,
  }),
  dismiss({ id }, cloud) {
    const group = cloud.resources(userGroupType).find(({ inputs }) => stringsOf(inputs.userIds).includes(id));
    if (group)
      throw new Refusal(
        "InvalidUserState",
        `the user '${id}' is a member of the user group '${group.id}'; take it out of the group first`,
      );
  },
});

function refuse(given: Bag): Problem[] {
  const problems: Problem[] = accessStringProblems(knownText(given, "accessString") ?? "on").map((reason) => ({
    property: "accessString",
    reason: `InvalidParameterValue: ${reason}`,
  }));
  const mode = given.authenticationMode;
  const ways = ["authenticationMode", "passwords"].filter((way) => isGiven(given, way));
  if (given.noPasswordRequired === true) ways.push("noPasswordRequired");
  if (ways.length !== 1)
    problems.push({
      property: "authenticationMode",
      reason: `exactly one of authenticationMode, passwords and noPasswordRequired must be given, got ${ways.join(" and ") || "none"}`,
    });
  if (isBag(mode) && mode.type === "password" && !isGiven(mode, "passwords"))
    problems.push({ property: "authenticationMode.passwords", reason: "is required where type is password" });
  if (isBag(mode) && mode.type === "no-password-required" && isGiven(mode, "passwords"))
    problems.push({
      property: "authenticationMode.passwords",
      reason: "must not be given where type is no-password-required",
    });
  return problems;
}

/** A changed user reaches the nodes of every cache whose user group it is in. */
export const cacheUser: Kind = {
  ...state,
  async update(operation) {
    const outputs: Bag = (await state.update?.(operation)) ?? {};
    const pending = new Map([[pendingKey(userType, operation.id), operation.inputs]]);
    const groups = operation.cloud
      .resources(userGroupType)
      .filter(({ inputs }) => stringsOf(inputs.userIds).includes(operation.id));
    for (const { id } of groups)
      for (const cache of groupsWith(operation.cloud, "userGroupIds", id)) await cache.refresh(pending);
    return outputs;
  },
};
