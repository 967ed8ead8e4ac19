import type { ConfigProblem } from "./config-error";
import type { StackConfig } from "./schema";

const minutesOfDay = 24 * 60;
const minutesOfWeek = 7 * minutesOfDay;
const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A span of the week in minutes since Monday 00:00 UTC; it may run past Sunday midnight. */
interface Span {
  readonly start: number;
  readonly length: number;
}

interface Windows {
  readonly key: "database" | "cache";
  /** Name of the daily window's key. */
  readonly dailyKey: "backupWindow" | "snapshotWindow";
  readonly daily: string;
  readonly weekly: string;
  /** RDS and ElastiCache API references: 30 and 60 minutes. */
  readonly atLeastMinutes: number;
}

/** What RDS and ElastiCache refuse about the hours of backups and maintenance: too short, too long, or at the same time. */
export function windowProblems({ database, cache }: StackConfig): ConfigProblem[] {
  return [
    ...problemsOf({
      key: "database",
      dailyKey: "backupWindow",
      daily: database.backupWindow,
      weekly: database.maintenanceWindow,
      atLeastMinutes: 30,
    }),
    ...problemsOf({
      key: "cache",
      dailyKey: "snapshotWindow",
      daily: cache.snapshotWindow,
      weekly: cache.maintenanceWindow,
      atLeastMinutes: 60,
    }),
  ];
}

function problemsOf(windows: Windows): ConfigProblem[] {
  const { key, dailyKey, atLeastMinutes } = windows;
  const days = dailySpans(windows.daily);
  const week = weeklySpan(windows.weekly);
  const problems: ConfigProblem[] = [];
  const report = (name: string, given: string, problem: string, cure: string) =>
    problems.push({ key: `plinth:${key}.${name}`, given, problem, cure });
  if ((days[0]?.length ?? 0) < atLeastMinutes)
    report(dailyKey, windows.daily, `is shorter than ${atLeastMinutes} minutes`, "end it later");
  if (week.length < atLeastMinutes || week.length > minutesOfDay)
    report(
      "maintenanceWindow",
      windows.weekly,
      `lasts ${week.length} minutes, allowed are ${atLeastMinutes} to ${minutesOfDay}`,
      "end it the same day",
    );
  if (days.some((day) => overlap(day, week)))
    report(
      "maintenanceWindow",
      windows.weekly,
      `overlaps the daily ${dailyKey} ${windows.daily}`,
      "move one of the two: AWS refuses them together",
    );
  return problems;
}

function clockMinutes(clock: string): number {
  const [hours, minutes] = clock.split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** `23:30-00:30`, once for each day of the week. */
function dailySpans(window: string): Span[] {
  const [from, to] = window.split("-").map(clockMinutes);
  const start = from ?? 0;
  const length = ((to ?? 0) - start + minutesOfDay) % minutesOfDay;
  return weekdays.map((_, day) => ({ start: day * minutesOfDay + start, length }));
}

/** `sun:23:30-mon:00:30`. */
function weeklySpan(window: string): Span {
  const [from, to] = window
    .split("-")
    .map((moment) => weekdays.indexOf(moment.slice(0, 3)) * minutesOfDay + clockMinutes(moment.slice(4)));
  const start = from ?? 0;
  return { start, length: ((to ?? 0) - start + minutesOfWeek) % minutesOfWeek };
}

/** On a circle: one begins while the other runs. */
function overlap(a: Span, b: Span): boolean {
  const after = (first: Span, second: Span) => (second.start - first.start + minutesOfWeek) % minutesOfWeek;
  return after(a, b) < a.length || after(b, a) < b.length;
}
