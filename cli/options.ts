import { placesOf, type StackPlaces } from "./places";
import { readProject, type Project } from "./project";

export interface CommonOptions {
  readonly program: string;
  readonly debug?: boolean;
}

/** The stack that runs on this machine. */
export const localStack = "local";

export function target(options: CommonOptions, stack: string): { project: Project; places: StackPlaces } {
  const project = readProject(options.program, stack);
  return { project, places: placesOf(project.directory, project.name, stack) };
}
