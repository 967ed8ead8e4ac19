const cells = 24;

/** A bar such as `████████░░░░ 67 %`. */
export function bar(done: number, total: number): string {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const full = Math.round(share * cells);
  return `${"█".repeat(full)}${"░".repeat(cells - full)} ${Math.round(share * 100)
    .toString()
    .padStart(3)} %`;
}
