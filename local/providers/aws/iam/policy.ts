import { z } from "zod";
import { Refusal } from "../../../contract";
import { arn, nameOrPrefix, tagged } from "../common";
import { policyDocument } from "../policy-document";
import { stateKind } from "../state-kind";
import { attachmentType, iamName, iamPath, policyType } from "./names";
import { uniqueId } from "./role";

export const policy = stateKind({
  type: policyType,
  inputs: z.strictObject({
    ...tagged,
    name: iamName(128),
    namePrefix: z.string().optional(),
    path: iamPath,
    description: z.string().max(1000).optional(),
    policy: policyDocument("identity", 6_144),
  }),
  defaults: (given, naming) => ({ ...nameOrPrefix(given, naming, "name", 128), path: "/" }),
  identify: ({ name, path }, _naming, cloud) => arn(cloud, "iam", `policy${path}${name}`, ""),
  replaceOn: ["name", "namePrefix", "path", "description"],
  outputs: (_given, { id, priorOutputs }) => ({
    arn: id,
    policyId: priorOutputs?.policyId ?? uniqueId("ANPA"),
    attachmentCount: 0,
  }),
  dismiss({ id }, cloud) {
    const attached = cloud.resources(attachmentType).filter(({ inputs }) => inputs.policyArn === id);
    if (attached.length > 0)
      throw new Refusal(
        "DeleteConflict",
        `cannot delete a policy attached to entities: ${attached.map((other) => other.id).join(", ")}; detach it first`,
      );
  },
});
