import { budgetShortfall, largestPerPod, type ConnectionBudget } from "../database/connection-budget";
import { instanceClasses, type InstanceClass } from "../database/instance-classes";
import { catalogue } from "../database/catalogue/catalogue";
import {
  groupParameters,
  maxConnections,
  parameterDefinition,
  parameterProblem,
  parameterText,
  standbyParameters,
} from "../database/parameters";
import { evaluateFormula } from "../database/parameter-formula";
import { thresholdIds } from "../observability/thresholds";
import { fleetSize } from "../pooler/fleet-size";
import { effectiveSettings, forcedSettings, serverConnectionsPerPod, userSettings } from "../pooler/pgbouncer-settings";
import type { ConfigProblem } from "./config-error";
import type { StackConfig } from "./schema";
import { didYouMean } from "./suggest";
import { windowProblems } from "./windows";

/** Everything that is wrong between values that are each fine on their own. */
export function consistencyProblems(config: StackConfig): ConfigProblem[] {
  const primary = findClass(config.database.instanceClass);
  const replica = findClass(config.database.replicaInstanceClass ?? config.database.instanceClass);
  return [
    ...nameProblems(config),
    ...networkProblems(config),
    ...storageProblems(config),
    ...windowProblems(config),
    ...classProblems(config, primary, replica),
    ...settingProblems(config),
    ...thresholdProblems(config),
    ...cacheProblems(config),
    ...parameterProblems(config, primary),
    ...(primary && replica
      ? [...standbyProblems(config, primary, replica), ...budgetProblems(config, primary, replica)]
      : []),
  ];
}

/** What each backend must be able to serve: the pods of its own fleet. */
export function connectionBudgets(
  config: StackConfig,
  primary: InstanceClass,
  replica: InstanceClass,
): ConnectionBudget[] {
  const perPod = serverConnectionsPerPod(effectiveSettings(config.pooler.settings));
  const podsFor = (servers: number) => fleetSize(config.pooler, servers).maxPods + 1;
  return [
    {
      backend: `primary ${primary.name}`,
      maxConnections: maxConnections(primary, config.databaseParameters),
      pods: podsFor(1),
      perPod,
    },
    {
      backend: `replica ${replica.name}`,
      maxConnections: maxConnections(replica, config.databaseParameters),
      pods: podsFor(config.database.replicas),
      perPod,
    },
  ];
}

function findClass(name: string): InstanceClass | undefined {
  return instanceClasses.get(name);
}

/** The longest name that is made of the stack's and has AWS's shortest limit: an ElastiCache user id, 40 characters. */
const longestName = (stack: string) => `plinth-${stack}-application`;

/** The stack's name is part of names that RDS, ElastiCache and Kubernetes are strict about. */
function nameProblems({ stack }: StackConfig): ConfigProblem[] {
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stack) && longestName(stack).length <= 40) return [];
  return [
    {
      key: "the stack's name",
      given: stack,
      problem: "cannot be part of names on AWS",
      cure: `use at most ${40 - longestName("").length} lower-case letters, digits and single hyphens, e.g. "prod"`,
    },
  ];
}

function networkProblems(config: StackConfig): ConfigProblem[] {
  const zones = new Set(config.privateSubnets.map((subnet) => subnet.zone));
  const needed = Math.min(config.database.replicas, 2);
  const problems: ConfigProblem[] = [];
  if (zones.size < needed || zones.size < 2)
    problems.push({
      key: "plinth:privateSubnets",
      given: [...zones].join(", "),
      problem: "covers one availability zone, but replicas and Multi-AZ need two",
      cure: "list private subnets of at least two zones",
    });
  const foreign = [...zones].filter((zone) => !zone.startsWith(config.region));
  if (foreign.length > 0)
    problems.push({
      key: "plinth:privateSubnets",
      given: foreign.join(", "),
      problem: `lies outside region ${config.region}`,
      cure: "list subnets of plinth:region only",
    });
  return problems;
}

function storageProblems({ database }: StackConfig): ConfigProblem[] {
  // RDS User Guide, "Managing capacity automatically": the ceiling must be at least 10 % above the allocated storage.
  if (database.maxAllocatedStorageGiB >= database.allocatedStorageGiB * 1.1) return [];
  return [
    {
      key: "plinth:database.maxAllocatedStorageGiB",
      given: `${database.maxAllocatedStorageGiB} with ${database.allocatedStorageGiB} allocated`,
      problem: "leaves storage autoscaling no room",
      cure: `set at least ${Math.ceil(database.allocatedStorageGiB * 1.1)}`,
    },
  ];
}

function classProblems(config: StackConfig, primary?: InstanceClass, replica?: InstanceClass): ConfigProblem[] {
  const unknown = (key: string, given: string): ConfigProblem => {
    const suggestion = didYouMean(given, [...instanceClasses.keys()]);
    return {
      key,
      given,
      problem: "is not an instance class whose memory the stack knows",
      cure: suggestion ? `did you mean "${suggestion}"?` : "use a t3, t4g, m6–m8 or r6–r8 class, e.g. db.r7g.xlarge",
    };
  };
  const problems: ConfigProblem[] = [];
  if (!primary) problems.push(unknown("plinth:database.instanceClass", config.database.instanceClass));
  if (!replica && config.database.replicaInstanceClass)
    problems.push(unknown("plinth:database.replicaInstanceClass", config.database.replicaInstanceClass));
  return problems;
}

function settingProblems(config: StackConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [name, value] of Object.entries(config.pooler.settings)) {
    const key = `plinth:pooler.settings.${name}`;
    const given = String(value);
    if (Object.hasOwn(forcedSettings, name) || name === "max_db_connections")
      problems.push({ key, given, problem: "is decided by the program", cure: "remove it" });
    else if (!userSettings.includes(name)) {
      const suggestion = didYouMean(name, userSettings);
      problems.push({
        key,
        given,
        problem: "is not a PgBouncer setting",
        cure: suggestion ? `did you mean "${suggestion}"?` : "remove it",
      });
    }
    if (/[\n\r]/.test(given))
      problems.push({ key, given: JSON.stringify(value), problem: "has a line break", cure: "give it on one line" });
  }
  const settings = effectiveSettings(config.pooler.settings);
  const [min, size] = [Number(settings["min_pool_size"]), Number(settings["default_pool_size"])];
  if (!(min <= size))
    problems.push({
      key: "plinth:pooler.settings.min_pool_size",
      given: `${String(settings["min_pool_size"])} with default_pool_size ${String(settings["default_pool_size"])}`,
      problem: "is larger than the pool, or not a number",
      cure: "lower min_pool_size or raise default_pool_size",
    });
  if (config.pooler.minPods > config.pooler.maxPods)
    problems.push({
      key: "plinth:pooler.maxPods",
      given: String(config.pooler.maxPods),
      problem: `is below minPods ${config.pooler.minPods}`,
      cure: `set at least ${config.pooler.minPods}`,
    });
  return problems;
}

function thresholdProblems(config: StackConfig): ConfigProblem[] {
  return Object.entries(config.thresholds)
    .filter(([id]) => !thresholdIds.includes(id))
    .map(([id, value]) => {
      const suggestion = didYouMean(id, thresholdIds);
      return {
        key: `plinth:thresholds.${id}`,
        given: String(value),
        problem: "is not an alarm of this stack",
        cure: suggestion ? `did you mean "${suggestion}"?` : `known: ${thresholdIds.join(", ")}`,
      };
    });
}

function cacheProblems({ cache }: StackConfig): ConfigProblem[] {
  const versions = cache.engine === "redis" ? ["7.0", "7.1"] : ["7.2", "8.0"];
  if (versions.includes(cache.engineVersion)) return [];
  return [
    {
      key: "plinth:cache.engineVersion",
      given: cache.engineVersion,
      problem: `is not a version ElastiCache offers for ${cache.engine}`,
      cure: `use ${versions.join(" or ")}`,
    },
  ];
}

/** Ranges depend on the memory of the class, names do not. */
function parameterProblems(config: StackConfig, primary?: InstanceClass): ConfigProblem[] {
  const known = catalogue.map((definition) => definition.name);
  return Object.entries(config.databaseParameters).flatMap(([name, raw]): ConfigProblem[] => {
    const key = `plinth:database.parameters.${name}`;
    const value = parameterText(raw);
    const definition = parameterDefinition(name);
    if (!definition) {
      const suggestion = didYouMean(name, known);
      return [
        {
          key,
          given: value,
          problem: "is not in the parameter catalogue",
          cure: suggestion
            ? `did you mean "${suggestion}"?`
            : "add it to infra/database/catalogue/ with its kind and range",
        },
      ];
    }
    if (definition.forced && value !== definition.value)
      return [{ key, given: value, problem: `must stay ${definition.value}: ${definition.why}`, cure: "remove it" }];
    const problem = primary && parameterProblem(definition, value, primary);
    return problem ? [{ key, given: value, problem, cure: "give a value RDS accepts, in the unit it uses" }] : [];
  });
}

function standbyProblems(config: StackConfig, primary: InstanceClass, replica: InstanceClass): ConfigProblem[] {
  const values = new Map(groupParameters("primary", config.databaseParameters).map(({ name, value }) => [name, value]));
  return standbyParameters.flatMap((name): ConfigProblem[] => {
    const value = values.get(name);
    if (
      value === undefined ||
      parameterProblem({ name, kind: "static", range: [0, Infinity], why: "" }, value, primary)
    )
      return [];
    const [onPrimary, onReplica] = [evaluateFormula(value, primary), evaluateFormula(value, replica)];
    if (onReplica >= onPrimary) return [];
    return [
      {
        key: "plinth:database.replicaInstanceClass",
        given: replica.name,
        problem: `gives ${name} ${onReplica}, below the primary's ${onPrimary}: a standby would stop replaying`,
        cure: `use a class at least as large as ${primary.name}, or set ${name} to a plain number`,
      },
    ];
  });
}

function budgetProblems(config: StackConfig, primary: InstanceClass, replica: InstanceClass): ConfigProblem[] {
  const explicit = parameterDefinition("max_connections");
  const given = config.databaseParameters["max_connections"];
  if (explicit && given !== undefined && parameterProblem(explicit, parameterText(given), primary)) return [];
  return connectionBudgets(config, primary, replica).flatMap((budget): ConfigProblem[] => {
    const shortfall = budgetShortfall(budget);
    if (!shortfall) return [];
    return [
      {
        key: "plinth:pooler.maxPods",
        given: String(config.pooler.maxPods),
        problem: `the connection budget does not add up: ${shortfall}`,
        cure: `use fewer pods, default_pool_size + reserve_pool_size of at most ${largestPerPod(budget)}, or a larger instance class`,
      },
    ];
  });
}
