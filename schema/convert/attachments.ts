/** A name that `qualified()` of ../database/sql quotes. */
export interface TableName {
  schema: string;
  name: string;
}

/**
 * What hangs on a live table and must hang on its partitioned successor, read from the catalogue before anything is
 * renamed. The statements are in the order they must run and speak of the table by its final name, except where said.
 */
export interface Attachments {
  /** Columns that a copy must name: not dropped, not generated. Quoted. */
  columns: string[];
  /** Columns of the primary key, or of the best unique key without nulls; empty when there is none. Quoted. */
  keyColumns: string[];
  /** What it is too early or impossible to carry; a conversion with one of these is refused. Each a sentence with its cure. */
  obstacles: string[];
}
