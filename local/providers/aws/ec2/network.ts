import { createHash } from "node:crypto";
import type { Cloud } from "../../../contract";

/** The network that is there before the program: one VPC, three zones, a private and a public subnet in each. */
export interface Vpc {
  readonly id: string;
  readonly cidrBlock: string;
}

export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  readonly availabilityZoneId: string;
  readonly public: boolean;
}

export const zoneLetters = ["a", "b", "c"] as const;

/** `id`: a VPC that a program names is there, whatever its name; without one it is the account's default VPC. */
export function vpcOf(cloud: Cloud, id = `vpc-${digits(`${cloud.accountId}/${cloud.region}/vpc`)}`): Vpc {
  return { id, cidrBlock: "10.0.0.0/16" };
}

export function subnetsOf(cloud: Cloud, vpcId: string): Subnet[] {
  return zoneLetters.flatMap((letter, index) =>
    [false, true].map((isPublic) => ({
      id: `subnet-${digits(`${vpcId}/${letter}/${isPublic}`)}`,
      vpcId,
      cidrBlock: `10.0.${index * 32 + (isPublic ? 16 : 0)}.0/20`,
      availabilityZone: `${cloud.region}${letter}`,
      availabilityZoneId: zoneId(cloud.region, index),
      public: isPublic,
    })),
  );
}

/** The zone a subnet lies in. One that the program was given by configuration gets a zone by its place among its neighbours. */
export function zoneOfSubnet(cloud: Cloud, subnetId: string, place: number): string {
  const known = subnetsOf(cloud, vpcOf(cloud).id).find((subnet) => subnet.id === subnetId);
  return known?.availabilityZone ?? `${cloud.region}${zoneLetters[place % zoneLetters.length]}`;
}

/** `euc1-az1`: AWS abbreviates the region's name. */
export function zoneId(region: string, index: number): string {
  const [area = "", side = "", number = ""] = region.split("-");
  return `${area}${side.charAt(0)}${number}-az${index + 1}`;
}

function digits(source: string): string {
  return createHash("sha256").update(source).digest("hex").slice(0, 17);
}
