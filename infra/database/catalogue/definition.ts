/** What the stack knows about one PostgreSQL parameter on RDS. */
export interface ParameterDefinition {
  readonly name: string;
  /** Static parameters wait for a reboot; RDS refuses "immediate" for them. */
  readonly kind: "static" | "dynamic";
  /** In the unit RDS uses for it; undefined: known, but left at RDS's default. */
  readonly value?: string;
  readonly unit?: "ms" | "s" | "min" | "kB" | "8 kB" | "MB" | "bytes";
  readonly range?: readonly [low: number, high: number];
  /** Allowed words; a value may be a comma-separated list of them. */
  readonly choices?: readonly string[];
  /** Set only in the group of this role. */
  readonly only?: "primary" | "replica";
  /** Not to be changed by configuration: the epic's security or the client contract depends on it. */
  readonly forced?: true;
  readonly why: string;
}

/** Values of a boolean parameter. */
export const onOff: readonly string[] = ["0", "1"];
