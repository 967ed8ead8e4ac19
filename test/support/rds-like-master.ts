export { createRdsLikeDatabase } from "../../proof/support/rds-like-master";
