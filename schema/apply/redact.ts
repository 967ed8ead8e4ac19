/**
 * A statement without its literals: the text of a blocker's query may hold a patient's name, and ends up in logs. Strings
 * (plain, escaped, dollar-quoted) and numbers become "?"; cut to `most` characters.
 */
export function redact(query: string, most = 120): string {
  const bare = query
    .replaceAll(/\$(\w*)\$[\s\S]*?(?:\$\1\$|$)/g, "?")
    .replaceAll(/(?:\b[eEbBxX])?'(?:[^'\\]|\\.|'')*(?:'|$)/g, "?")
    .replaceAll(/(?<![\w$"])\d+(?:\.\d+)?(?![\w"])/g, "?")
    .replaceAll(/\s+/g, " ")
    .trim();
  return bare.length > most ? `${bare.slice(0, most - 1)}…` : bare;
}
