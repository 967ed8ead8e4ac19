import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "./config-error";
import { parseConfig, type StackConfig } from "./parse-config";

/** The running stack's configuration; a ConfigError becomes an error that Pulumi prints without a stack trace. */
export function loadConfig(): StackConfig {
  try {
    return parseConfig(pulumi.runtime.allConfig(), pulumi.getStack());
  } catch (error) {
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
