import type { Bag, Cloud } from "../../../contract";
import { arn, knownText, regionOf, tagOutputs } from "../common";
import { engineVersionOf, majorOf, portOf, replicasOfInstance, sourceOf, storageOf, textOf } from "./instance-lookup";

/** Route 53 zones of RDS endpoints; the real ones of some regions, and a stand-in for the others. */
const hostedZones: Readonly<Record<string, string>> = {
  "eu-central-1": "Z1RLNUO7B9Q6NB",
  "eu-west-1": "Z29XKXDKYMONMX",
  "us-east-1": "Z2R2ITUGPM61AM",
  "us-west-2": "Z1PVIF0B656C1W",
};
const unknownZone = "Z00000000000000000000";

/** Everything `aws.rds.Instance` has as outputs beyond its inputs, with RDS's defaults. */
export function instanceOutputs(inputs: Bag, cloud: Cloud, id: string, address: string): Bag {
  const identifier = textOf(inputs, "identifier");
  const region = regionOf({ region: typeof inputs.region === "string" ? inputs.region : undefined }, cloud);
  const version = engineVersionOf(inputs, cloud);
  const port = portOf(inputs, cloud);
  const storage = storageOf(inputs, cloud);
  const source = sourceOf(inputs, cloud)?.outputs ?? {};
  const type = knownText(inputs, "storageType") ?? knownText(source, "storageType") ?? "gp2";
  const encrypted = inputs.storageEncrypted ?? source.storageEncrypted ?? false;
  const insights = inputs.performanceInsightsEnabled === true;
  const defaultKey = arn(cloud, "kms", "key/00000000-0000-4000-8000-000000000000", region);
  return {
    region,
    ...tagOutputs(inputs),
    address,
    endpoint: `${address}:${port}`,
    port,
    arn: arn(cloud, "rds", `db:${identifier}`, region),
    resourceId: id,
    identifier,
    identifierPrefix: inputs.identifierPrefix ?? "",
    hostedZoneId: hostedZones[region] ?? unknownZone,
    status: "available",
    engine: "postgres",
    engineVersion: version,
    engineVersionActual: version,
    engineLifecycleSupport: inputs.engineLifecycleSupport ?? "open-source-rds-extended-support",
    licenseModel: "postgresql-license",
    dbName: inputs.dbName ?? source.dbName ?? "",
    username: inputs.username ?? source.username ?? "",
    allocatedStorage: storage,
    storageType: type,
    ...performanceOf(type, storage, inputs),
    storageEncrypted: encrypted,
    kmsKeyId: inputs.kmsKeyId ?? source.kmsKeyId ?? (encrypted === true ? defaultKey : ""),
    availabilityZone: inputs.availabilityZone ?? `${region}a`,
    multiAz: inputs.multiAz ?? false,
    dbSubnetGroupName: inputs.dbSubnetGroupName ?? source.dbSubnetGroupName ?? "default",
    vpcSecurityGroupIds: inputs.vpcSecurityGroupIds ?? source.vpcSecurityGroupIds ?? [],
    networkType: "IPV4",
    parameterGroupName: inputs.parameterGroupName ?? `default.postgres${majorOf(version)}`,
    optionGroupName: inputs.optionGroupName ?? `default:postgres-${majorOf(version)}`,
    caCertIdentifier: inputs.caCertIdentifier ?? "rds-ca-rsa2048-g1",
    backupRetentionPeriod: inputs.backupRetentionPeriod ?? 0,
    backupTarget: "region",
    backupWindow: inputs.backupWindow ?? "02:00-02:30",
    maintenanceWindow: (knownText(inputs, "maintenanceWindow") ?? "sun:03:00-sun:03:30").toLowerCase(),
    latestRestorableTime: new Date().toISOString(),
    databaseInsightsMode: inputs.databaseInsightsMode ?? "standard",
    performanceInsightsKmsKeyId: insights ? (inputs.performanceInsightsKmsKeyId ?? defaultKey) : "",
    performanceInsightsRetentionPeriod: insights ? (inputs.performanceInsightsRetentionPeriod ?? 7) : 0,
    monitoringRoleArn: inputs.monitoringRoleArn ?? "",
    replicas: replicasOfInstance(cloud, identifier).map((replica) => textOf(replica.inputs, "identifier")),
    replicaMode: "",
    listenerEndpoints: [],
    masterUserSecrets: [],
    masterUserSecretKmsKeyId: "",
    characterSetName: "",
    ncharCharacterSetName: "",
    domainFqdn: "",
    timezone: "",
    snapshotIdentifier: inputs.snapshotIdentifier ?? "",
    upgradeRolloutOrder: "second",
  };
}

/** gp3 gives 3000 IOPS and 125 MiB/s, four times that from 400 GiB on (RDS User Guide, "gp3 storage"). */
function performanceOf(type: string, storageGiB: number, inputs: Bag): Bag {
  if (type !== "gp3") return { iops: inputs.iops ?? 0, storageThroughput: 0 };
  const striped = storageGiB >= 400;
  return {
    iops: inputs.iops ?? (striped ? 12_000 : 3_000),
    storageThroughput: inputs.storageThroughput ?? (striped ? 500 : 125),
  };
}
