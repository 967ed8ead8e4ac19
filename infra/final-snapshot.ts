import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId";

/**
 * Name of the snapshot that is taken when a store is deleted: the same in every update, another one after the stack was
 * destroyed and made again. A fixed name would meet the snapshot that the first life left behind, and the second could not end.
 */
export function finalSnapshotName(
  name: string,
  store: string,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const life = new RandomId(`${name}-final-snapshot`, { byteLength: 4 }, opts);
  return pulumi.interpolate`${store}-final-${life.hex}`;
}
