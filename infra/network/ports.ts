/** Port of every PostgreSQL instance. */
export const postgresPort = 5432;

/** Port of every cache node. */
export const cachePort = 6379;
