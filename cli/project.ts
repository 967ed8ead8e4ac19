import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UserError } from "./user-error";

/** Pulumi's own rule for names of projects and stacks; they become names of files here. */
const legalName = /^[A-Za-z0-9_.-]{1,100}$/;
const nameRule = "may hold letters, digits, '_', '.' and '-' only, 100 at most";

const projectSchema = z.looseObject({ name: z.string().regex(legalName, nameRule), main: z.string().optional() });
const stackSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).optional() });

export interface Project {
  readonly directory: string;
  readonly name: string;
  /** Module to require: the program. */
  readonly main: string;
  readonly stack: string;
  /** `namespace:key` → value, as written in Pulumi.<stack>.yaml. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Reads Pulumi.yaml and Pulumi.<stack>.yaml. @throws UserError naming the file and the cure. */
export function readProject(directory: string, stack: string): Project {
  if (!legalName.test(stack)) throw new UserError(`'${stack}' is no name of a stack: it ${nameRule}`);
  const root = resolve(directory);
  const file = join(root, "Pulumi.yaml");
  if (!existsSync(file)) {
    throw new UserError(
      `there is no Pulumi program in ${root} (no Pulumi.yaml); run plinth in a program's directory or name it with --program`,
    );
  }
  const project = parseYaml(file, projectSchema);
  const stackFile = join(root, `Pulumi.${stack}.yaml`);
  if (!existsSync(stackFile)) {
    const known = readdirSync(root).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
    throw new UserError(
      `there is no stack '${stack}' (no Pulumi.${stack}.yaml); the stacks here are: ${known.join(", ") || "none"}`,
    );
  }
  return {
    directory: root,
    name: project.name,
    main: resolve(root, project.main ?? "."),
    stack,
    config: parseYaml(stackFile, stackSchema).config ?? {},
  };
}

function parseYaml<T>(file: string, schema: z.ZodType<T>): T {
  let document: unknown;
  try {
    document = parse(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    // The rest of the message is a picture of the place.
    const [message] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UserError(`${file} is not valid YAML: ${message?.replace(/:$/, "")}`, { cause: error });
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`);
  throw new UserError(`${file} is not a Pulumi file that plinth can read: ${problems.join("; ")}`);
}

/** The region the stack is meant for. */
export function regionOf(project: Project): string {
  const region = project.config[`${project.name}:region`] ?? project.config["aws:region"];
  return typeof region === "string" ? region : "eu-central-1";
}
