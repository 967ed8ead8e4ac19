import type { Bag, Problem } from "../../../contract";
import { isBag, isGiven, knownNumber, knownText } from "../common";

const anomalyOperators = [
  "GreaterThanUpperThreshold",
  "LessThanLowerOrGreaterThanUpperThreshold",
  "LessThanLowerThreshold",
];
const ofOneMetric = ["metricName", "namespace", "period", "statistic", "extendedStatistic", "dimensions", "unit"];

/** What PutMetricAlarm refuses about properties that must go together. */
export function metricAlarmProblems(given: Bag): Problem[] {
  return [
    ...thresholdProblems(given),
    ...(isGiven(given, "metricQueries") ? queryProblems(given) : singleMetricProblems(given)),
    ...windowProblems(given),
  ];
}

function thresholdProblems(given: Bag): Problem[] {
  const operator = knownText(given, "comparisonOperator");
  if (operator === undefined) return [];
  const band = anomalyOperators.includes(operator);
  if (band && !isGiven(given, "thresholdMetricId"))
    return [{ property: "thresholdMetricId", reason: `is required where comparisonOperator is ${operator}` }];
  if (band && isGiven(given, "threshold"))
    return [{ property: "threshold", reason: "cannot be given together with thresholdMetricId" }];
  if (!band && !isGiven(given, "threshold"))
    return [{ property: "threshold", reason: `is required where comparisonOperator is ${operator}` }];
  return [];
}

function singleMetricProblems(given: Bag): Problem[] {
  const problems: Problem[] = [];
  if (!isGiven(given, "metricName"))
    return [{ property: "metricName", reason: "one of metricName and metricQueries must be given" }];
  for (const property of ["namespace", "period"])
    if (!isGiven(given, property)) problems.push({ property, reason: "is required where metricName is given" });
  const statistics = ["statistic", "extendedStatistic"].filter((property) => isGiven(given, property));
  if (statistics.length !== 1)
    problems.push({ property: "statistic", reason: "exactly one of statistic and extendedStatistic must be given" });
  return problems;
}

function queryProblems(given: Bag): Problem[] {
  const problems: Problem[] = ofOneMetric
    .filter((property) => isGiven(given, property))
    .map((property) => ({
      property,
      reason: "cannot be given together with metricQueries; put it into a query's metric",
    }));
  const queries = Array.isArray(given.metricQueries) ? given.metricQueries.filter(isBag) : [];
  if (!Array.isArray(given.metricQueries)) return problems; // not known before the update runs
  const ids = queries.map((query) => knownText(query, "id") ?? "");
  queries.forEach((query, index) => {
    const at = `metricQueries[${index}]`;
    if (isGiven(query, "expression") === isGiven(query, "metric"))
      problems.push({ property: at, reason: "exactly one of expression and metric must be given" });
    if (ids.indexOf(ids[index] ?? "") !== index)
      problems.push({ property: `${at}.id`, reason: `"${ids[index]}" is the id of an earlier query too` });
    for (const name of referredIds(knownText(query, "expression")))
      if (!ids.includes(name))
        problems.push({ property: `${at}.expression`, reason: `refers to "${name}", but no query has that id` });
  });
  const returning = queries.filter((query) => query.returnData === true).length;
  const wanted = isGiven(given, "thresholdMetricId") ? 2 : 1; // an anomaly alarm returns the metric and its band
  if (queries.length > 0 && returning !== wanted)
    problems.push({
      property: "metricQueries",
      reason: `exactly ${wanted === 1 ? "one query" : "two queries"} must have returnData: true, got ${returning}`,
    });
  return problems;
}

/** Lower-case identifiers of a metric math expression; functions (FILL, IF …) and statistics are written in capitals or quotes. */
function referredIds(expression: string | undefined): string[] {
  if (expression === undefined || /^\s*(SELECT|SEARCH)\b/i.test(expression)) return [];
  return [
    ...expression.replace(/'[^']*'|"[^"]*"/g, "").matchAll(/(?<![A-Za-z0-9_.])([a-z][A-Za-z0-9_]*)\b(?!\s*\()/g),
  ].map((match) => match[1] ?? "");
}

function windowProblems(given: Bag): Problem[] {
  const problems: Problem[] = [];
  const periods = knownNumber(given, "evaluationPeriods");
  const needed = knownNumber(given, "datapointsToAlarm");
  if (periods !== undefined && needed !== undefined && needed > periods)
    problems.push({
      property: "datapointsToAlarm",
      reason: `must not exceed evaluationPeriods (${periods}), got ${needed}`,
    });
  const seconds = knownNumber(given, "period");
  // A day, or a week where the period is an hour or longer: the API reference of PutMetricAlarm, EvaluationPeriods.
  const limit = seconds !== undefined && seconds >= 3_600 ? 604_800 : 86_400;
  if (seconds !== undefined && periods !== undefined && seconds * periods > limit)
    problems.push({
      property: "evaluationPeriods",
      reason: `period × evaluationPeriods must not exceed ${limit} seconds, got ${seconds * periods}`,
    });
  return problems;
}
