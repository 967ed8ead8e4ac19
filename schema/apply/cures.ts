/** What an operator can do, by SQLSTATE or its class. */
const CURES: Record<string, string> = {
  "55P03": "A lock was not granted in time: end or wait for the sessions named above, then run the hook again.",
  "40P01": "It deadlocked with other sessions every time: run the hook again in a quieter hour.",
  "42501":
    "The hook's role lacks a privilege: make it owner (or a member of the owner) of the object; on RDS use the master user.",
  "23505": "The rows are not unique: correct the duplicates, or drop unique from the index.",
  "53100": "The disk is full: raise the instance's storage, then run the hook again.",
  "53200": "The server ran out of memory: lower maintenance_work_mem or use a larger instance class.",
  "57014": "The statement was cancelled: the next run drops what it left and goes on.",
  "57P01": "The server shut the session down (a failover?): run the hook again.",
  "2BP01": "Other objects depend on it: drop or change them first, then run the hook again.",
  "42710": "An object of that name exists with another meaning: rename or drop it.",
  "42P07": "A relation of that name exists with another meaning: rename or drop it.",
};

export function cureFor(sqlState: string): string {
  return CURES[sqlState] ?? "Correct the cause and run the hook again: it goes on where it stopped.";
}
