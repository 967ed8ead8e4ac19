import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { Refusal } from "../../../contract";
import { arn, regional, regionOf, tagged } from "../common";
import { requireRole } from "../iam/names";
import { stateKind } from "../state-kind";

const type = "aws:eks/podIdentityAssociation:PodIdentityAssociation";

export const podIdentityAssociation = stateKind({
  type,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    clusterName: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "must be the name of an EKS cluster"),
    namespace: z.string().min(1),
    serviceAccount: z.string().min(1),
    roleArn: z.string().regex(/^arn:[^:]+:iam::\d{12}:role\//, "must be the ARN of an IAM role"),
    targetRoleArn: z.string().startsWith("arn:").optional(),
    disableSessionTags: z.boolean().optional(),
  }),
  identify: () => `a-${randomBytes(12).toString("hex").slice(0, 17)}`,
  replaceOn: ["clusterName", "namespace", "serviceAccount"],
  admit({ clusterName, namespace, serviceAccount, roleArn }, { id, cloud }) {
    requireRole(cloud, roleArn);
    const twin = cloud
      .resources(type)
      .find(
        ({ id: other, inputs }) =>
          other !== id &&
          inputs.clusterName === clusterName &&
          inputs.namespace === namespace &&
          inputs.serviceAccount === serviceAccount,
      );
    if (twin)
      throw new Refusal(
        "ResourceInUseException",
        `association already exists: ${twin.id} (service account ${namespace}/${serviceAccount} of ${clusterName})`,
      );
  },
  outputs: (given, { id, cloud, priorOutputs }) => ({
    associationId: id,
    associationArn: arn(cloud, "eks", `podidentityassociation/${given.clusterName}/${id}`, regionOf(given, cloud)),
    externalId: priorOutputs?.externalId ?? (given.targetRoleArn ? randomUUID() : ""),
  }),
  describe: async () => "recorded; pods here get no AWS credentials",
});
