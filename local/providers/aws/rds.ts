import type { Kind } from "../../contract";
import { eventSubscription } from "./rds/event-subscription";
import { rdsInstance } from "./rds/instance";
import { rdsParameterGroup } from "./rds/parameter-group";
import { rdsSubnetGroup } from "./rds/subnet-group";

/** RDS for PostgreSQL. */
export const rdsKinds: readonly Kind[] = [rdsSubnetGroup, rdsParameterGroup, rdsInstance, eventSubscription];
