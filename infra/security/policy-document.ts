/** The partition of a region's ARNs (AWS General Reference, "Amazon Resource Names"). */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** Where a stack lives. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Record<string, string | readonly string[]> | "*";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Record<string, Record<string, string>>;
}

/** An IAM policy document as the JSON text AWS takes. */
export function policyDocument(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Lets one AWS service, or EKS Pod Identity, assume a role. */
export function trustService(service: string, actions: readonly string[] = ["sts:AssumeRole"]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }],
  });
}

/**
 * Key policy: the account administers the key through IAM; the named services use it for this account only. CloudWatch
 * Logs is known by its regional principal and names its log group instead of an account (CloudWatch Logs User Guide,
 * "Encrypt log data"). RDS events carry no documented condition to KMS: there the topic's own policy names the account.
 */
export function keyPolicy(place: Place, services: readonly string[]): string {
  const partition = partitionOf(place.region);
  const isLogs = (service: string) => service.startsWith("logs.");
  const isRdsEvents = (service: string) => service === "events.rds.amazonaws.com";
  const use = (sid: string, principals: readonly string[], condition: Statement["Condition"]): Statement[] =>
    principals.length === 0
      ? []
      : [
          {
            Sid: sid,
            Effect: "Allow",
            Principal: { Service: principals },
            Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            Resource: "*",
            Condition: condition,
          },
        ];
  return policyDocument([
    {
      Sid: "AccountAdministersThroughIam",
      Effect: "Allow",
      Principal: { AWS: `arn:${partition}:iam::${place.accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    ...use(
      "ServicesUseForThisAccount",
      services.filter((service) => !isLogs(service) && !isRdsEvents(service)),
      {
        StringEquals: { "aws:SourceAccount": place.accountId },
      },
    ),
    ...use("RdsEventsPublish", services.filter(isRdsEvents), undefined),
    ...use("LogGroupsOfThisAccount", services.filter(isLogs), {
      ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${place.region}:${place.accountId}:*` },
    }),
  ]);
}
