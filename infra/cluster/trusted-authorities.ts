import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema";
import { immutableConfigMap } from "./immutable-config";
import { rdsAuthorities } from "./rds-authorities";

export interface TrustedAuthoritiesArgs {
  readonly namespace: pulumi.Input<string>;
  /** Region, and the authorities to trust instead of that region's Amazon RDS roots. */
  readonly config: Pick<StackConfig, "region" | "caBundle">;
}

/** The certificates that pods check the database against, as `ca.pem` in a ConfigMap. */
export class TrustedAuthorities extends pulumi.ComponentResource {
  readonly configMap: pulumi.Output<string>;

  constructor(name: string, args: TrustedAuthoritiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:cluster:TrustedAuthorities", name, {}, opts);
    const bundle = { "ca.pem": args.config.caBundle ?? rdsAuthorities(args.config.region) };
    const map = immutableConfigMap(`${name}-bundle`, "plinth-ca", args.namespace, bundle, { parent: this });
    this.configMap = map.metadata.name;
    this.registerOutputs({ configMap: this.configMap });
  }
}
