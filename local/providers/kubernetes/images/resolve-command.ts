import { basename, dirname, join } from "node:path";
import type { IContainer } from "kubernetes-models/v1/Container";
import { debianPackages, imageCatalogue, type CatalogueEntry } from "./image-catalogue";

export interface ResolvedCommand {
  readonly argv: readonly [string, ...string[]];
  readonly standIn?: string;
}

export interface CommandProblem {
  /** Last part of the property path. */
  readonly property: "command" | "image";
  readonly reason: string;
}

/** What this machine has, narrow enough to be faked in a test. */
export interface Machine {
  /** The Node.js that runs the local cloud. */
  readonly node: string;
  isExecutable(path: string): boolean;
}

/** Where programs are looked for inside a container; the directory of Node.js is last. */
export function containerPath(machine: Machine): string {
  return ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", dirname(machine.node)].join(
    ":",
  );
}

/** Name of an image without tag and digest. */
export function repositoryOf(image: string): string {
  return image.replace(/@sha256:[0-9a-f]+$/, "").replace(/:[^:/]+$/, "");
}

/** What a container runs here, or why it cannot: `command` and `args` as Kubernetes combines them with the image's own entry point. */
export function resolveCommand(container: IContainer, machine: Machine): ResolvedCommand | CommandProblem {
  const image = container.image ?? "";
  const entry = imageCatalogue.find(({ repository }) => repository.test(repositoryOf(image)));
  const wanted = container.command?.length ? container.command : entry?.entrypoint;
  if (!wanted)
    return {
      property: "command",
      reason: `nobody here can look into image "${image}" for what it runs; say it in 'command'`,
    };
  const [program, ...rest] = [...wanted, ...(container.args ?? [])];
  const substitute = entry?.programs?.[program ?? ""];
  const [name, ...fixed] = substitute ?? [program ?? ""];
  const found = locate(name, container, machine);
  if (found === undefined) return { property: "command", reason: notHere(name, image) };
  // What the image says of itself holds for its own programs, not for a shell that somebody runs in it.
  const isOwn = substitute !== undefined || !container.command?.length;
  return { argv: [found, ...fixed, ...rest], standIn: isOwn ? entry?.standIn : undefined };
}

function locate(program: string, container: IContainer, machine: Machine): string | undefined {
  if (program === "node") return machine.node;
  const isMounted = (container.volumeMounts ?? []).some(({ mountPath }) => program.startsWith(`${mountPath}/`));
  if (isMounted || program.startsWith("./")) return program;
  if (program.startsWith("/")) return machine.isExecutable(program) ? program : undefined;
  return containerPath(machine)
    .split(":")
    .map((directory) => join(directory, program))
    .find((path) => machine.isExecutable(path));
}

function notHere(program: string, image: string): string {
  const debian = debianPackages[basename(program)];
  const cure = debian ? `install the Debian package ${debian}` : "install it, or name a program that is here";
  return `"${program}" of image "${image}" is not on this machine; ${cure}`;
}

/** The catalogue's word on an image, for `describe`. */
export function catalogueEntryOf(image: string): CatalogueEntry | undefined {
  return imageCatalogue.find(({ repository }) => repository.test(repositoryOf(image)));
}
