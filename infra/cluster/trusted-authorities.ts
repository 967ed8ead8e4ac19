import * as pulumi from "@pulumi/pulumi";
import { immutableConfigMap } from "./immutable-config";
import { rdsAuthorities } from "./rds-authorities";

export interface TrustedAuthoritiesArgs {
  readonly namespace: pulumi.Input<string>;
  readonly region: string;
  /** PEM text of the authorities to trust. @default the Amazon RDS roots of the region */
  readonly caBundle?: string;
}

/** The certificates that pods check the database against, as `ca.pem` in a ConfigMap. */
export class TrustedAuthorities extends pulumi.ComponentResource {
  readonly configMap: pulumi.Output<string>;

  constructor(name: string, args: TrustedAuthoritiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:cluster:TrustedAuthorities", name, {}, opts);
    const bundle = { "ca.pem": args.caBundle ?? rdsAuthorities(args.region) };
    const map = immutableConfigMap(`${name}-bundle`, "plinth-ca", args.namespace, bundle, { parent: this });
    this.configMap = map.metadata.name;
    this.registerOutputs({ configMap: this.configMap });
  }
}
