import type { Cloud } from "../../../contract";
import { stringsOf, type Pending } from "./acl";
import { CacheGroup } from "./cache-group";
import { replicationGroupType } from "./names";

const groups = new WeakMap<Cloud, Map<string, CacheGroup>>();

/** The one controller of a replication group's processes. */
export function cacheGroup(cloud: Cloud, id: string): CacheGroup {
  const ofCloud = groups.get(cloud) ?? new Map<string, CacheGroup>();
  groups.set(cloud, ofCloud);
  const known = ofCloud.get(id) ?? new CacheGroup(cloud, id);
  ofCloud.set(id, known);
  return known;
}

export function forgetCacheGroup(cloud: Cloud, id: string): void {
  groups.get(cloud)?.delete(id);
}

interface Refreshable {
  refresh(pending: Pending): Promise<void>;
}

/** The running replication groups that name `id` in this input: what must hear of a change to it. */
export function groupsWith(cloud: Cloud, property: "parameterGroupName" | "userGroupIds", id: string): Refreshable[] {
  return cloud
    .resources(replicationGroupType)
    .filter(({ inputs }) => inputs[property] === id || stringsOf(inputs[property]).includes(id))
    .map((resource) => ({
      refresh: (pending) => cacheGroup(cloud, resource.id).reconfigure(resource.inputs, pending),
    }));
}
