import type { Kind } from "../../../contract";
import { cacheParameterGroup } from "./parameter-group";
import { replicationGroup } from "./replication-group";
import { cacheSubnetGroup } from "./subnet-group";
import { cacheUser } from "./user";
import { cacheUserGroup } from "./user-group";

export const elasticacheKinds: readonly Kind[] = [
  cacheParameterGroup,
  cacheSubnetGroup,
  cacheUser,
  cacheUserGroup,
  replicationGroup,
];
