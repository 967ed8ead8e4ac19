import { inVoidedTransaction, qualified, type Session } from "../../database/sql";
import { isCutOver, openConversions } from "../../convert/state";
import type { Manifest } from "../../manifest/manifest-schema";
import type { Facts, TableFact } from "../facts";
import { indexFacts } from "./indexes";
import { ownedFacts } from "./owned";
import { partitionBlockers } from "./partition-blockers";
import { partmanFact } from "./partman";
import { defaultPrivileges, relationPrivileges, schemaFacts } from "./privileges";
import { roleFacts, type PasswordProbe } from "./roles";
import { routineFacts } from "./routines";
import { extensionFacts, serverFacts } from "./server";
import { statisticsFacts } from "./statistics";
import { tableFacts } from "./tables";
import { understandWanted } from "./understood";

async function tablesWithBlockers(session: Session, manifest: Manifest): Promise<TableFact[]> {
  const found = await tableFacts(
    session,
    manifest.tables.map((table) => `${table.schema}.${table.name}`),
  );
  const tables: TableFact[] = [];
  for (const fact of found) {
    const wish = manifest.tables.find((table) => table.schema === fact.schema && table.name === fact.name)?.partition;
    const partitionable = wish !== undefined && fact.kind === "plain";
    tables.push({
      ...fact,
      partitionBlockers: partitionable ? await partitionBlockers(session, qualified(fact), wish.column) : [],
    });
  }
  return tables;
}

/**
 * Reads all that the manifest speaks about from the live catalogue. Changes nothing: it runs in a transaction that is
 * taken back, in which the server's own parser is asked what each wanted definition means.
 */
export async function inspect(
  session: Session,
  manifest: Manifest,
  passwordAccepted: PasswordProbe = async () => null,
): Promise<Facts> {
  const tableNames = manifest.tables.map((table) => `${table.schema}.${table.name}`);
  const schemaNames = [...manifest.schemas, ...manifest.grants.map((grant) => ({ name: grant.schema }))].map(
    ({ name }) => name,
  );
  return inVoidedTransaction(session, async () => {
    await session.query("set local lock_timeout = '3s'");
    const tables = await tablesWithBlockers(session, manifest);
    const owned = await ownedFacts(session, manifest.application);
    return {
      server: await serverFacts(session),
      extensions: await extensionFacts(
        session,
        manifest.extensions.map((extension) => extension.name),
      ),
      roles: await roleFacts(
        session,
        manifest.roles.map((role) => role.name),
        passwordAccepted,
      ),
      schemas: await schemaFacts(session, schemaNames),
      relationPrivileges: await relationPrivileges(session, schemaNames),
      defaultPrivileges: await defaultPrivileges(session),
      tables,
      indexes: await indexFacts(session, [...tableNames, ...owned.map((each) => `${each.schema}.${each.belongsTo}`)]),
      statistics: await statisticsFacts(session, [
        ...tableNames,
        ...owned.map((each) => `${each.schema}.${each.belongsTo}`),
      ]),
      routines: await routineFacts(
        session,
        [...manifest.routines, ...owned.filter(({ kind }) => kind === "routine")].map(
          (routine) => `${routine.schema}.${routine.name}`,
        ),
      ),
      owned,
      partman: await partmanFact(session),
      conversions: (await openConversions(session)).map((conversion) => ({
        schema: conversion.schema,
        name: conversion.name,
        phase: conversion.phase,
        cutOver: isCutOver(conversion),
        wish: conversion.wish,
      })),
      wanted: await understandWanted(
        session,
        manifest,
        new Set(tables.map((table) => `${table.schema}.${table.name}`)),
      ),
    };
  });
}
