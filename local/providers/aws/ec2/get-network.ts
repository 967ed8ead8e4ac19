import { z } from "zod";
import { Refusal, type Bag, type Cloud, type Invoke } from "../../../contract";
import { arn, regional, regionOf } from "../common";
import { subnetsOf, vpcOf, zoneId, zoneLetters, type Subnet } from "./network";

const filters = z.array(z.strictObject({ name: z.string(), values: z.array(z.string()).min(1) })).optional();
const tags = z.record(z.string(), z.string()).optional();

const vpcArgs = z.strictObject({
  ...regional,
  id: z.string().optional(),
  default: z.boolean().optional(),
  cidrBlock: z.string().optional(),
  state: z.string().optional(),
  filters,
  tags,
});

export const getVpc: Invoke = {
  token: "aws:ec2/getVpc:getVpc",
  args: vpcArgs,
  answer(given, cloud) {
    const { id, region, tags: wanted, filters: asked } = vpcArgs.parse(given);
    const vpc = vpcOf(cloud, id ?? valuesOf(asked, "vpc-id")?.[0]);
    return {
      id: vpc.id,
      arn: arn(cloud, "ec2", `vpc/${vpc.id}`, regionOf({ region }, cloud)),
      region: regionOf({ region }, cloud),
      cidrBlock: vpc.cidrBlock,
      cidrBlockAssociations: [
        { associationId: `vpc-cidr-assoc-${vpc.id.slice(4)}`, cidrBlock: vpc.cidrBlock, state: "associated" },
      ],
      default: id === undefined,
      dhcpOptionsId: `dopt-${vpc.id.slice(4)}`,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      enableNetworkAddressUsageMetrics: false,
      instanceTenancy: "default",
      ipv6AssociationId: "",
      ipv6CidrBlock: "",
      ipv6CidrBlockAssociations: [],
      mainRouteTableId: `rtb-${vpc.id.slice(4)}`,
      ownerId: cloud.accountId,
      state: "available",
      tags: wanted ?? {},
    };
  },
};

const subnetArgs = z.strictObject({
  ...regional,
  id: z.string().optional(),
  vpcId: z.string().optional(),
  availabilityZone: z.string().optional(),
  availabilityZoneId: z.string().optional(),
  cidrBlock: z.string().optional(),
  defaultForAz: z.boolean().optional(),
  state: z.string().optional(),
  filters,
  tags,
});

export const getSubnet: Invoke = {
  token: "aws:ec2/getSubnet:getSubnet",
  args: subnetArgs,
  answer(given, cloud) {
    const {
      id,
      vpcId,
      availabilityZone,
      availabilityZoneId,
      cidrBlock,
      region,
      filters: asked,
      tags: wanted,
    } = subnetArgs.parse(given);
    const candidates = subnetsOf(cloud, vpcId ?? valuesOf(asked, "vpc-id")?.[0] ?? vpcOf(cloud).id);
    const byId =
      id === undefined ? undefined : (candidates.find((subnet) => subnet.id === id) ?? { ...firstOf(candidates), id });
    const found =
      byId ??
      candidates.find(
        (subnet) =>
          (availabilityZone ?? subnet.availabilityZone) === subnet.availabilityZone &&
          (availabilityZoneId ?? subnet.availabilityZoneId) === subnet.availabilityZoneId &&
          (cidrBlock ?? subnet.cidrBlock) === subnet.cidrBlock,
      );
    if (!found) throw new Refusal("InvalidSubnetID.NotFound", "no matching EC2 subnet found; loosen the arguments");
    return describeSubnet(found, cloud, regionOf({ region }, cloud), wanted ?? {});
  },
};

const subnetsArgs = z.strictObject({ ...regional, filters, tags });

export const getSubnets: Invoke = {
  token: "aws:ec2/getSubnets:getSubnets",
  args: subnetsArgs,
  answer(given, cloud) {
    const { filters: asked, tags: wanted = {}, region } = subnetsArgs.parse(given);
    const tier = Object.values(wanted).join(" ").toLowerCase();
    const zones = valuesOf(asked, "availability-zone");
    const ids = subnetsOf(cloud, valuesOf(asked, "vpc-id")?.[0] ?? vpcOf(cloud).id)
      .filter((subnet) => (tier.includes("private") ? !subnet.public : tier.includes("public") ? subnet.public : true))
      .filter((subnet) => zones?.includes(subnet.availabilityZone) ?? true)
      .map((subnet) => subnet.id);
    return { id: regionOf({ region }, cloud), region: regionOf({ region }, cloud), ids, tags: wanted };
  },
};

const zonesArgs = z.strictObject({
  ...regional,
  allAvailabilityZones: z.boolean().optional(),
  excludeNames: z.array(z.string()).optional(),
  excludeZoneIds: z.array(z.string()).optional(),
  filters,
  state: z.enum(["available", "information", "impaired", "unavailable"]).optional(),
});

export const getAvailabilityZones: Invoke = {
  token: "aws:index/getAvailabilityZones:getAvailabilityZones",
  args: zonesArgs,
  answer(given, cloud) {
    const { region: asked, excludeNames = [], excludeZoneIds = [], state } = zonesArgs.parse(given);
    const region = regionOf({ region: asked }, cloud);
    const zones = zoneLetters
      .map((letter, index) => ({ name: `${region}${letter}`, id: zoneId(region, index) }))
      .filter(({ name, id }) => !excludeNames.includes(name) && !excludeZoneIds.includes(id))
      .filter(() => state === undefined || state === "available");
    return {
      id: region,
      region,
      names: zones.map(({ name }) => name),
      zoneIds: zones.map(({ id }) => id),
      groupNames: [region],
    };
  },
};

function valuesOf(asked: z.output<typeof filters>, name: string): string[] | undefined {
  return asked?.find((filter) => filter.name === name)?.values;
}

function firstOf(candidates: Subnet[]): Subnet {
  const [first] = candidates;
  if (!first) throw new Error("a VPC of the local cloud always has subnets");
  return first;
}

function describeSubnet(subnet: Subnet, cloud: Cloud, region: string, tagsOf: Bag): Bag {
  return {
    id: subnet.id,
    arn: arn(cloud, "ec2", `subnet/${subnet.id}`, region),
    region,
    vpcId: subnet.vpcId,
    cidrBlock: subnet.cidrBlock,
    availabilityZone: subnet.availabilityZone,
    availabilityZoneId: subnet.availabilityZoneId,
    availableIpAddressCount: 4_091, // a /20 less the five addresses AWS keeps
    assignIpv6AddressOnCreation: false,
    customerOwnedIpv4Pool: "",
    defaultForAz: false,
    enableDns64: false,
    enableLniAtDeviceIndex: 0,
    enableResourceNameDnsARecordOnLaunch: false,
    enableResourceNameDnsAaaaRecordOnLaunch: false,
    ipv6CidrBlock: "",
    ipv6CidrBlockAssociationId: "",
    ipv6Native: false,
    mapCustomerOwnedIpOnLaunch: false,
    mapPublicIpOnLaunch: subnet.public,
    outpostArn: "",
    ownerId: cloud.accountId,
    privateDnsHostnameTypeOnLaunch: "ip-name",
    state: "available",
    tags: tagsOf,
  };
}
