import { fitted } from "../plan/index-names";
import type { TableName } from "./attachments";

/** The partitioned successor until it takes the table's name. */
export function shadowOf(table: TableName): TableName {
  return { schema: table.schema, name: fitted(`${table.name}_plinth_next`) };
}

/** The table after its successor took its name, until it is dropped. */
export function oldOf(table: TableName): TableName {
  return { schema: table.schema, name: fitted(`${table.name}_plinth_old`) };
}

/** Name that an index or a constraint of the old table gives its successor. */
export function outOfTheWay(name: string): string {
  return fitted(`${name}_plinth_old`);
}
