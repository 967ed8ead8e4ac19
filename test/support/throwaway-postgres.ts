export {
  freePort,
  postgresBinary,
  startThrowawayPostgres,
  unprivilegedDirectory,
  unprivilegedIds,
  writeUnprivileged,
  type ThrowawayOptions,
  type ThrowawayPostgres,
} from "../../proof/support/throwaway-postgres";
