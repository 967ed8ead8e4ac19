import { BlockList, isIP } from "node:net";
import { z } from "zod";

/** A block like 10.0.0.0/16 whose host bits are zero, as EC2 wants it in rules. */
export function cidr(family: 4 | 6) {
  return z.string().superRefine((text, context) => {
    const message = cidrProblem(text, family);
    if (message) context.addIssue({ code: "custom", message });
  });
}

export function cidrProblem(text: string, family: 4 | 6): string | undefined {
  const [address = "", length = "", ...rest] = text.split("/");
  const bits = family === 4 ? 32 : 128;
  if (rest.length > 0 || isIP(address) !== family || !/^\d{1,3}$/.test(length) || Number(length) > bits)
    return `must be an IPv${family} block in CIDR notation, got "${text}"`;
  if (family === 4 && hostBits(address, Number(length)) !== 0)
    return `must have no host bits set: "${text}" is an address inside its block, not the block`;
  return undefined;
}

/** True when the address lies in the block. */
export function cidrHolds(block: string, address: string): boolean {
  const [network = "", length = "0"] = block.split("/");
  const list = new BlockList();
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  list.addSubnet(network, Number(length), family);
  return list.check(address, family);
}

function hostBits(address: string, length: number): number {
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return value % 2 ** (32 - length);
}
