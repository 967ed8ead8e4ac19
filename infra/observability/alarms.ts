import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import { planAlarms, type PlannedAlarm, type Watched } from "./alarm-plan";
import { concerns, dashboardBody } from "./dashboards";

export interface AlarmsArgs {
  readonly prefix: string;
  readonly region: string;
  /** Everything that has alarms. */
  readonly watched: readonly Watched[];
  /** Limits over the table's, by threshold id. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** Topic that every alarm tells of its beginning and end. */
  readonly topicArn: pulumi.Input<string>;
}

/** An alarm for every threshold on everything it applies to, and a dashboard for every concern. */
export class Alarms extends pulumi.ComponentResource {
  readonly alarmNames: readonly string[];
  readonly dashboardNames: readonly string[];

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:observability:Alarms", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const plan = planAlarms(args.prefix, args.watched, args.thresholds);
    const instances = args.watched
      .filter(({ scope }) => scope === "primary" || scope === "replica")
      .map(({ id }) => id);
    for (const alarm of plan) createAlarm(alarm);
    const dashboards = concerns.map(createDashboard);
    this.alarmNames = plan.map((alarm) => alarm.name);
    this.dashboardNames = dashboards;
    this.registerOutputs({ alarmNames: this.alarmNames, dashboardNames: this.dashboardNames });

    function createAlarm(alarm: PlannedAlarm): void {
      const { threshold } = alarm;
      const [bad, of] = threshold.datapoints;
      new cloudwatch.MetricAlarm(
        `${name}-${alarm.name.slice(args.prefix.length + 1)}`,
        {
          name: alarm.name,
          alarmDescription: threshold.epic ? `${threshold.epic}: ${threshold.why}` : threshold.why,
          ...source(alarm),
          threshold: alarm.limit,
          comparisonOperator: threshold.comparison === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
          evaluationPeriods: of,
          datapointsToAlarm: bad,
          treatMissingData: threshold.missing,
          actionsEnabled: true,
          alarmActions: [args.topicArn],
          okActions: [args.topicArn],
        },
        { parent },
      );
    }

    function createDashboard(concern: (typeof concerns)[number]): string {
      const dashboardName = `${args.prefix}-${concern.id}`;
      const body = dashboardBody(concern, plan, instances, args.region);
      new cloudwatch.Dashboard(`${name}-${concern.id}`, { dashboardName, dashboardBody: body }, { parent });
      return dashboardName;
    }
  }
}

/** One metric as CloudWatch wants it, or metric math over several. */
function source({ expression, metrics, threshold }: PlannedAlarm): Partial<cloudwatch.MetricAlarmArgs> {
  const [only] = metrics;
  if (expression === undefined && only)
    return {
      namespace: only.namespace,
      metricName: only.metricName,
      dimensions: { ...only.dimensions },
      statistic: only.stat,
      period: threshold.periodSeconds,
    };
  return {
    metricQueries: [
      {
        id: "result",
        expression,
        label: "label" in threshold.source ? threshold.source.label : threshold.id,
        returnData: true,
      },
      ...metrics.map(({ id, namespace, metricName, stat, dimensions }) => ({
        id,
        metric: { namespace, metricName, stat, dimensions: { ...dimensions }, period: threshold.periodSeconds },
        returnData: false,
      })),
    ],
  };
}
