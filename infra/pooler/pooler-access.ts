import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema";
import { databaseUsers } from "../security/database-users";
import { renderUserlist } from "./pgbouncer-ini";

export interface PoolerAccessArgs {
  readonly namespace: pulumi.Input<string>;
  /** Passwords of those who may connect through the poolers. */
  readonly passwords: {
    readonly application: pulumi.Input<string>;
    readonly readOnly: pulumi.Input<string>;
    readonly monitor: pulumi.Input<string>;
  };
  /** An existing Secret, or a certificate and key to make one of. */
  readonly tls: StackConfig["poolerTls"];
}

/** Secrets that all poolers mount: who may log in, and the certificate they show to clients. */
export class PoolerAccess extends pulumi.ComponentResource {
  readonly userlistSecret: pulumi.Output<string>;
  readonly tlsSecret: pulumi.Output<string>;
  readonly monitorSecret: pulumi.Output<string>;

  constructor(name: string, args: PoolerAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:pooler:PoolerAccess", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    this.userlistSecret = createUserlist();
    this.tlsSecret = "secretName" in args.tls ? pulumi.output(args.tls.secretName) : createTls(args.tls);
    this.monitorSecret = createMonitor();
    this.registerOutputs({
      userlistSecret: this.userlistSecret,
      tlsSecret: this.tlsSecret,
      monitorSecret: this.monitorSecret,
    });

    /** Plain passwords, because min_pool_size logs in before any client came; the mount is memory, never disk. */
    function createUserlist(): pulumi.Output<string> {
      const { application, readOnly, monitor } = args.passwords;
      const userlist = pulumi.all([application, readOnly, monitor]).apply(([app, ro, mon]) =>
        renderUserlist({
          [databaseUsers.application]: app,
          [databaseUsers.readOnly]: ro,
          [databaseUsers.monitor]: mon,
        }),
      );
      return createSecret("userlist", "Opaque", { "userlist.txt": userlist });
    }

    function createTls(pair: { certificatePem: string; privateKeyPem: string }): pulumi.Output<string> {
      return createSecret("tls", "kubernetes.io/tls", {
        "tls.crt": pair.certificatePem,
        "tls.key": pair.privateKeyPem,
      });
    }

    function createMonitor(): pulumi.Output<string> {
      return createSecret("monitor", "Opaque", { password: args.passwords.monitor });
    }

    /** No fixed name: a changed Secret gets a new one, and the pods that name it roll. */
    function createSecret(
      purpose: string,
      type: string,
      content: Record<string, pulumi.Input<string>>,
    ): pulumi.Output<string> {
      const secret = new core.Secret(
        `${name}-${purpose}`,
        { metadata: { namespace: args.namespace }, type, immutable: true, stringData: pulumi.secret(content) },
        { parent, additionalSecretOutputs: ["stringData"] },
      );
      return secret.metadata.name;
    }
  }
}
