import { SchemaError } from "../errors";
import { inTransaction, literal, qualified, quote, type Session } from "../database/sql";
import type { Operation } from "../plan/steps";
import { lockTimeoutSql, type Budgets } from "./budgets";
import { dropIndex } from "./drop-index";
import { ensureIndex } from "./index-step";
import { ensurePartitions } from "./partition-step";
import { scramVerifier } from "./scram-verifier";

/** How far the running statement or batch is. */
export interface Progress {
  /** What is being done now, e.g. "copying rows", "building index: scanning table". */
  phase: string;
  done: number;
  /** 0 when not known. */
  total: number;
  unit: "rows" | "blocks" | "tuples" | "bytes" | "partitions" | "sessions waited for";
}

export interface PerformContext {
  budgets: Budgets;
  passwords: Map<string, string>;
  /** Reason to stop before the next batch, or null. */
  stopping: () => string | null;
  onProgress: (progress: Progress) => void;
  /** Runs a part of the step that a killed run need not repeat, with a ledger entry of its own. `detail` says what it proved. */
  substep: <T>(name: string, work: () => Promise<T>, detail?: (result: T) => string) => Promise<T>;
}

async function setPassword(session: Session, role: string, passwords: Map<string, string>): Promise<void> {
  const password = passwords.get(role);
  if (password === undefined)
    throw new SchemaError({
      what: `No password is known for role ${role}`,
      got: "no file of that name",
      cure: "Add it to the password directory.",
    });
  await session.query(`alter role ${quote(role)} password ${literal(scramVerifier(password))}`);
}

/** Does one operation. Each may be repeated: what a killed attempt left is taken up, not tripped over. */
export async function perform(session: Session, operation: Operation, context: PerformContext): Promise<void> {
  const short = lockTimeoutSql(context.budgets.shortLockSeconds);
  switch (operation.kind) {
    case "statements":
      await session.query(short);
      return inTransaction(session, async () => {
        for (const statement of operation.statements) await session.query(statement);
      });
    case "password":
      return setPassword(session, operation.role, context.passwords);
    case "index":
      return ensureIndex(session, operation, context.budgets);
    case "drop-index":
      return dropIndex(session, operation, context.budgets);
    case "partition":
      return ensurePartitions(session, operation.table, operation.mode, context);
    case "analyze":
      await session.query(short);
      await session.query(`${operation.vacuum ? "vacuum (analyze)" : "analyze"} ${qualified(operation.table)}`);
      return;
  }
}
