/** Everyone who logs in to the database with a password, and what for. */
export const databaseUsers = {
  admin: "plinth_admin",
  application: "clinic_app",
  readOnly: "clinic_ro",
  monitor: "plinth_monitor",
} as const;

export type DatabaseUserRole = keyof typeof databaseUsers;

/** Database that every user connects to. */
export const databaseName = "clinic";

/** User of the cache; the built-in `default` user is disabled. */
export const cacheUser = "clinic_app";
