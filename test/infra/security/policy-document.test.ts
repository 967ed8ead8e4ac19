import { keyPolicy, partitionOf, trustService } from "../../../infra/security/policy-document";

const place = { region: "eu-central-1", accountId: "123456789012" };

interface Statement {
  Effect: string;
  Principal: { AWS?: string; Service?: string[] };
  Condition?: unknown;
}

const statements = (text: string) => (JSON.parse(text) as { Statement: Statement[] }).Statement;

describe("key policies", () => {
  test("give the account the key and name no wildcard principal", () => {
    const policy = statements(keyPolicy(place, []));
    expect(policy).toHaveLength(1);
    expect(policy[0]?.Principal).toEqual({ AWS: "arn:aws:iam::123456789012:root" });
  });

  test("let services use the key for this account only", () => {
    const policy = statements(keyPolicy(place, ["cloudwatch.amazonaws.com", "logs.eu-central-1.amazonaws.com"]));
    expect(policy.map((statement) => statement.Condition)).toEqual([
      undefined,
      { StringEquals: { "aws:SourceAccount": "123456789012" } },
      { ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-central-1:123456789012:*" } },
    ]);
  });

  test("let RDS publish to an encrypted topic without a condition that it does not send", () => {
    const [, rds, ...others] = statements(keyPolicy(place, ["events.rds.amazonaws.com"]));
    expect(rds).toMatchObject({ Effect: "Allow", Principal: { Service: ["events.rds.amazonaws.com"] } });
    expect(rds?.Condition).toBeUndefined();
    expect(others).toEqual([]);
  });
});

test("roles trust one service and nothing else", () => {
  expect(statements(trustService("monitoring.rds.amazonaws.com"))).toEqual([
    { Effect: "Allow", Principal: { Service: "monitoring.rds.amazonaws.com" }, Action: ["sts:AssumeRole"] },
  ]);
});

test.each([
  ["eu-central-1", "aws"],
  ["us-gov-west-1", "aws-us-gov"],
  ["cn-north-1", "aws-cn"],
])("region %s is in partition %s", (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});
