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
 * Logs must be named by its regional principal (CloudWatch Logs User Guide, "Encrypt log data").
 */
export function keyPolicy(place: Place, services: readonly string[]): string {
  const account: Statement = {
    Sid: "AccountAdministersThroughIam",
    Effect: "Allow",
    Principal: { AWS: `arn:${partitionOf(place.region)}:iam::${place.accountId}:root` },
    Action: "kms:*",
    Resource: "*",
  };
  const use: Statement = {
    Sid: "ServicesUseForThisAccount",
    Effect: "Allow",
    Principal: { Service: services },
    Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    Resource: "*",
    // Log groups give their own ARN as context instead of a source account.
    ...(services.some((service) => service.startsWith("logs."))
      ? {}
      : { Condition: { StringEquals: { "aws:SourceAccount": place.accountId } } }),
  };
  return policyDocument(services.length > 0 ? [account, use] : [account]);
}
