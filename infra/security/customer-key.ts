import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { keyPolicy, type Place } from "./policy-document";

export interface CustomerKeyArgs {
  /** Name of the alias without `alias/`. */
  readonly alias: string;
  /** What the key protects, for the person who is asked to delete it. */
  readonly description: string;
  readonly place: Place;
  /** Service principals that use the key, e.g. `sns.amazonaws.com`. @default none: through IAM only */
  readonly services?: readonly string[];
  /** Days between asking for deletion and losing the data, 7 to 30. */
  readonly deletionWindowDays: number;
  /** Whether the key stays when the stack is destroyed, because snapshots that nobody could read without it do. @default false */
  readonly outlivesStack?: boolean;
}

/** A key of our own with yearly rotation: who may decrypt is then written down and audited per purpose. */
export class CustomerKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: CustomerKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:security:CustomerKey", name, {}, opts);
    const key = new kms.Key(
      `${name}-key`,
      {
        description: args.description,
        enableKeyRotation: true,
        rotationPeriodInDays: 365,
        deletionWindowInDays: args.deletionWindowDays,
        policy: keyPolicy(args.place, args.services ?? []),
      },
      { parent: this, retainOnDelete: args.outlivesStack },
    );
    new kms.Alias(`${name}-alias`, { name: `alias/${args.alias}`, targetKeyId: key.keyId }, { parent: this });
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
