import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword";
import type { StackConfig } from "../config/schema";
import { CustomerKey } from "./customer-key";
import { cacheUser, databaseName, databaseUsers, type DatabaseUserRole } from "./database-users";

export interface CredentialsArgs {
  readonly config: StackConfig;
}

/** Every password of the tier: generated, kept in Secrets Manager under a key of its own, never a plain output. */
export class Credentials extends pulumi.ComponentResource {
  readonly databasePasswords: Readonly<Record<DatabaseUserRole, pulumi.Output<string>>>;
  readonly cachePassword: pulumi.Output<string>;
  /** ARNs of the secrets by what they are for. */
  readonly secretArns: Readonly<Record<DatabaseUserRole | "cache", pulumi.Output<string>>>;

  constructor(name: string, args: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:security:Credentials", name, {}, opts);
    const { config } = args;
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const key = createKey();
    const admin = createLogin("admin", databaseUsers.admin, databaseName);
    const application = createLogin("application", databaseUsers.application, databaseName);
    const readOnly = createLogin("read-only", databaseUsers.readOnly, databaseName);
    const monitor = createLogin("monitor", databaseUsers.monitor, databaseName);
    const cache = createLogin("cache", cacheUser, undefined);

    this.databasePasswords = {
      admin: admin.password,
      application: application.password,
      readOnly: readOnly.password,
      monitor: monitor.password,
    };
    this.cachePassword = cache.password;
    this.secretArns = {
      admin: admin.arn,
      application: application.arn,
      readOnly: readOnly.arn,
      monitor: monitor.arn,
      cache: cache.arn,
    };
    this.registerOutputs({ secretArns: this.secretArns });

    function createKey(): CustomerKey {
      return new CustomerKey(
        `${name}-secrets`,
        {
          alias: `${config.prefix}-secrets`,
          description: "Passwords of the data tier in Secrets Manager",
          place: config,
          deletionWindowDays: config.keyDeletionWindowDays,
        },
        { parent },
      );
    }

    function createLogin(purpose: string, username: string, dbname: string | undefined) {
      const password = new RandomPassword(
        `${name}-${purpose}`,
        // Specials that need no quoting in URLs and that RDS and ElastiCache both accept.
        { length: 40, special: true, overrideSpecial: "-_.~", minLower: 1, minUpper: 1, minNumeric: 1 },
        { parent },
      );
      const secret = new secretsmanager.Secret(
        `${name}-${purpose}`,
        {
          name: `${config.prefix}/${purpose}`,
          description: `Login ${username} of the data tier`,
          kmsKeyId: key.arn,
          recoveryWindowInDays: config.secretRecoveryWindowDays,
        },
        { parent },
      );
      new secretsmanager.SecretVersion(
        `${name}-${purpose}`,
        {
          secretId: secret.id,
          secretString: pulumi.secret(
            password.result.apply((value) => JSON.stringify({ username, password: value, dbname })),
          ),
        },
        { parent },
      );
      return { password: pulumi.secret(password.result), arn: secret.arn };
    }
  }
}
