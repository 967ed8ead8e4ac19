import { literal, quote, type Session } from "../database/sql";

/** Runs `work` with session settings that are put back to the session's own defaults afterwards. */
export async function withSettings<T>(
  session: Session,
  settings: Record<string, string>,
  work: () => Promise<T>,
): Promise<T> {
  const names = Object.keys(settings);
  await session.query(names.map((name) => `set ${quote(name)} = ${literal(settings[name] ?? "")}`).join("; "));
  try {
    return await work();
  } finally {
    // The session may be gone, and then so are its settings.
    await session.query(names.map((name) => `reset ${quote(name)}`).join("; ")).catch(() => undefined);
  }
}
