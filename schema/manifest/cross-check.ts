import type { Manifest } from "./manifest-schema";

/** Names used twice where Postgres has one name space, each as a problem. */
function duplicates(kind: string, names: string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) (seen.has(name) ? twice : seen).add(name);
  return [...twice].map((name) => `${kind}: "${name}" is declared twice; keep one of them`);
}

/** Roles that are used but not declared. Predefined ones (pg_monitor, rds_iam ...) exist without us. */
function unknownRoles(manifest: Manifest): string[] {
  const declared = new Set(manifest.roles.map((role) => role.name));
  const known = (name: string) => declared.has(name) || /^(pg|rds)_/.test(name);
  const uses: [string, string][] = [
    ...manifest.roles.flatMap((role) =>
      role.memberOf.map((of): [string, string] => [`roles.${role.name}.memberOf`, of]),
    ),
    ...manifest.schemas.flatMap((schema) =>
      [...(schema.owner ? [schema.owner] : []), ...schema.usage].map((role): [string, string] => [
        `schemas.${schema.name}`,
        role,
      ]),
    ),
    ...manifest.grants.flatMap((grant) =>
      [grant.role, ...(grant.createdBy ? [grant.createdBy] : [])].map((role): [string, string] => [
        `grants.${grant.role}`,
        role,
      ]),
    ),
    ...manifest.routines.flatMap((routine) =>
      routine.execute.map((role): [string, string] => [`routines.${routine.name}.execute`, role]),
    ),
  ];
  return uses
    .filter(([, role]) => !known(role))
    .map(([where, role]) => `${where}: role "${role}" is not declared under roles; declare it or correct the name`);
}

/** Whether a key is that column, plain or quoted, whatever order or operator class follows. */
function isColumn(key: string, column: string): boolean {
  const [, quoted, plain] = /^\s*(?:"((?:[^"]|"")*)"|(\S+))/.exec(key) ?? [];
  return quoted === undefined ? plain === column : quoted.replaceAll('""', '"') === column;
}

function indexProblems(manifest: Manifest): string[] {
  return manifest.tables.flatMap((table) =>
    table.indexes.flatMap((index) => {
      const where = `tables.${table.name}.indexes.${index.name}`;
      const problems: string[] = [];
      if (index.unique && index.method !== "btree")
        problems.push(`${where}: only a btree index can be unique, not ${index.method}; drop unique or use btree`);
      if (index.include.length > 0 && !["btree", "gist", "spgist"].includes(index.method))
        problems.push(`${where}: a ${index.method} index cannot include columns; use btree or drop include`);
      if (table.partition && index.unique && !index.keys.some((key) => isColumn(key, table.partition?.column ?? "")))
        problems.push(
          `${where}: a unique index of a partitioned table must contain its partition column "${table.partition.column}"; add it to keys`,
        );
      return problems;
    }),
  );
}

/** Problems that one field alone does not show. */
export function crossCheck(manifest: Manifest): string[] {
  const tables = new Set(manifest.tables.map((table) => table.name));
  return [
    ...duplicates(
      "extensions",
      manifest.extensions.map((extension) => extension.name),
    ),
    ...duplicates(
      "roles",
      manifest.roles.map((role) => role.name),
    ),
    ...duplicates(
      "schemas",
      manifest.schemas.map((schema) => schema.name),
    ),
    ...duplicates(
      "tables",
      manifest.tables.map((table) => `${table.schema}.${table.name}`),
    ),
    ...duplicates(
      "indexes",
      manifest.tables.flatMap((table) => table.indexes.map((index) => `${table.schema}.${index.name}`)),
    ),
    ...duplicates(
      "statistics",
      manifest.tables.flatMap((table) => table.statistics.map((each) => `${table.schema}.${each.name}`)),
    ),
    ...duplicates(
      "routines",
      manifest.routines.map((routine) => `${routine.schema}.${routine.name}(${routine.argumentTypes})`),
    ),
    ...unknownRoles(manifest),
    ...indexProblems(manifest),
    ...manifest.routines.flatMap((routine) =>
      routine.needs
        .filter((table) => !tables.has(table))
        .map((table) => `routines.${routine.name}.needs: table "${table}" is not declared under tables; declare it`),
    ),
  ];
}
