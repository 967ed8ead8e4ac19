import { getPolicyDocument } from "../../../../../local/providers/aws/iam/get-policy-document";
import { policy } from "../../../../../local/providers/aws/iam/policy";
import { role } from "../../../../../local/providers/aws/iam/role";
import { rolePolicy, rolePolicyAttachment } from "../../../../../local/providers/aws/iam/role-policy";
import type { Bag } from "../../../../../local/contract";
import { diff } from "../../../../../local/providers/diff";
import { checkInputs, createResource, deleteResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const trust = document({ Effect: "Allow", Principal: { Service: "rds.amazonaws.com" }, Action: "sts:AssumeRole" });
const allowed = document({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" });

test("a role has IAM's ARN and ids, and a policy attached to it keeps it from being deleted", async () => {
  const held = await createResource(cloud, role, { name: "monitor", assumeRolePolicy: trust });
  expect(held.outputs.arn).toBe(`arn:aws:iam::${cloud.accountId}:role/monitor`);
  expect(held.outputs.uniqueId).toMatch(/^AROA[A-Z2-7]{17}$/);
  const inline = await createResource(cloud, rolePolicy, { name: "read", role: "monitor", policy: allowed });
  expect(inline.id).toBe("monitor:read");
  await expect(deleteResource(cloud, role, held)).rejects.toThrow("DeleteConflict: cannot delete the role 'monitor'");
  await deleteResource(cloud, rolePolicy, inline);
  await deleteResource(cloud, role, held);
});

test("an attachment needs its role and, unless it is one of AWS's own, its policy", async () => {
  const managed = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole";
  await expect(createResource(cloud, rolePolicyAttachment, { role: "nobody", policyArn: managed })).rejects.toThrow(
    "NoSuchEntity",
  );
  await createResource(cloud, role, { name: "monitor", assumeRolePolicy: trust });
  const attached = await createResource(cloud, rolePolicyAttachment, { role: "monitor", policyArn: managed });
  expect(attached.id).toBe(`monitor/${managed}`);
  const own = `arn:aws:iam::${cloud.accountId}:policy/mine`;
  await expect(createResource(cloud, rolePolicyAttachment, { role: "monitor", policyArn: own })).rejects.toThrow(
    "does not exist",
  );
  const mine = await createResource(cloud, policy, { name: "mine", policy: allowed });
  await createResource(cloud, rolePolicyAttachment, { role: "monitor", policyArn: own });
  await expect(deleteResource(cloud, policy, mine)).rejects.toThrow("DeleteConflict");
});

test("documents are refused where they stand in the wrong place or miss a part", () => {
  expect(() => checkInputs(cloud, role, { assumeRolePolicy: allowed })).toThrow(
    "needs one of Principal and NotPrincipal",
  );
  expect(() => checkInputs(cloud, policy, { policy: trust })).toThrow(
    "a policy of an identity must not name a Principal",
  );
  expect(() => checkInputs(cloud, policy, { policy: document({ Effect: "Permit" }) })).toThrow(
    "MalformedPolicyDocument",
  );
  expect(() => checkInputs(cloud, role, { assumeRolePolicy: trust, maxSessionDuration: 60 })).toThrow(
    "lies between 3600 and 43200",
  );
});

test("a role's trust changes in place, its path replaces it", () => {
  const olds = checkInputs(cloud, role, { name: "a", assumeRolePolicy: trust });
  expect(diff(role, olds, { ...olds, description: "x" }, cloud).changes).toEqual([
    { path: "description", replace: false },
  ]);
  expect(diff(role, olds, { ...olds, path: "/x/" }, cloud).changes).toEqual([{ path: "path", replace: true }]);
});

test("a policy document is rendered as the provider renders it", async () => {
  const answer = async (args: Bag) => (await getPolicyDocument.answer(args, cloud)).json;
  const statements = [
    {
      sid: "Read",
      actions: ["s3:GetObject", "s3:ListBucket"],
      resources: ["arn:aws:s3:::clinic/&{aws:username}"],
      principals: [{ type: "AWS", identifiers: ["arn:aws:iam::1:root"] }],
      conditions: [{ test: "StringEquals", variable: "aws:SourceVpc", values: ["vpc-1"] }],
    },
  ];
  expect(await answer({ statements })).toBe(`{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "s3:ListBucket",
        "s3:GetObject"
      ],
      "Resource": "arn:aws:s3:::clinic/\${aws:username}",
      "Principal": {
        "AWS": "arn:aws:iam::1:root"
      },
      "Condition": {
        "StringEquals": {
          "aws:SourceVpc": "vpc-1"
        }
      }
    }
  ]
}`);
  const over = JSON.stringify({ Statement: [{ Sid: "Read", Effect: "Deny", Action: "*", Resource: "*" }] });
  expect(JSON.parse((await answer({ statements, overridePolicyDocuments: [over] })) as string)).toMatchObject({
    Statement: [{ Sid: "Read", Effect: "Deny" }],
  });
  await expect(async () => answer({ statements: [...statements, ...statements] })).rejects.toThrow(
    'the Sid "Read" is used twice',
  );
});
