import * as rds from "@pulumi/aws/rds";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import type { Database } from "../database/database";
import { CustomerKey } from "../security/customer-key";
import { policyDocument, type Place } from "../security/policy-document";

export interface AlertingArgs {
  readonly prefix: string;
  readonly place: Place;
  /** Addresses that are told; each must confirm once. */
  readonly emails: readonly string[];
  readonly keyDeletionWindowDays: number;
  /** Instances and parameter groups whose events are sent: without names RDS would send those of the whole account. */
  readonly eventSources: Database["eventSources"];
}

/** RDS events that somebody must know of, by what they are about. */
const eventCategories = {
  "db-instance": [
    "availability",
    "configuration change",
    "failover",
    "failure",
    "low storage",
    "maintenance",
    "recovery",
    "read replica",
  ],
  "db-parameter-group": ["configuration change"],
};

/** Where alarms and RDS's own events go: one encrypted topic that only they can publish to. */
export class Alerting extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  /** Key of the topic and of the metrics' log groups. */
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: AlertingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:observability:Alerting", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const publishers = ["cloudwatch.amazonaws.com", "events.rds.amazonaws.com"];
    const key = createKey();
    const topic = createTopic();
    const topicPolicy = createTopicPolicy();
    subscribePeople();
    subscribeToRds();
    this.topicArn = topic.arn;
    this.keyArn = key.arn;
    this.registerOutputs({ topicArn: this.topicArn, keyArn: this.keyArn });

    function createKey(): CustomerKey {
      return new CustomerKey(
        `${name}-key`,
        {
          alias: `${args.prefix}-observability`,
          description: "Alerts and the log groups of the metrics",
          place: args.place,
          services: [...publishers, `logs.${args.place.region}.amazonaws.com`],
          deletionWindowDays: args.keyDeletionWindowDays,
        },
        { parent },
      );
    }

    function createTopic(): sns.Topic {
      return new sns.Topic(
        `${name}-topic`,
        { name: `${args.prefix}-alerts`, displayName: `Plinth ${args.prefix}`, kmsMasterKeyId: key.arn },
        { parent },
      );
    }

    function createTopicPolicy(): sns.TopicPolicy {
      const policy = topic.arn.apply((arn) =>
        policyDocument([
          {
            Sid: "AlarmsAndEventsOfThisAccountPublish",
            Effect: "Allow",
            Principal: { Service: publishers },
            Action: "sns:Publish",
            Resource: arn,
            Condition: { StringEquals: { "aws:SourceAccount": args.place.accountId } },
          },
          {
            Sid: "NobodyInPlainText",
            Effect: "Deny",
            Principal: "*",
            Action: "sns:Publish",
            Resource: arn,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ]),
      );
      return new sns.TopicPolicy(`${name}-topic-policy`, { arn: topic.arn, policy }, { parent });
    }

    function subscribePeople(): void {
      for (const endpoint of args.emails)
        new sns.TopicSubscription(`${name}-${endpoint}`, { topic: topic.arn, protocol: "email", endpoint }, { parent });
    }

    function subscribeToRds(): void {
      const sources = {
        "db-instance": args.eventSources.instances,
        "db-parameter-group": args.eventSources.parameterGroups,
      };
      for (const sourceType of ["db-instance", "db-parameter-group"] as const)
        new rds.EventSubscription(
          `${name}-${sourceType}`,
          {
            name: `${args.prefix}-${sourceType}`,
            snsTopic: topic.arn,
            sourceType,
            sourceIds: [...sources[sourceType]],
            eventCategories: eventCategories[sourceType],
            enabled: true,
          },
          { parent, dependsOn: [topicPolicy] },
        );
    }
  }
}
