import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Machine } from "./resolve-command";

/** This machine, with the directories that a container needs to see beside the system's own for Node.js to run. */
export const machine: Machine & {
  readonly programDirectories: readonly string[];
  /** Whether containers see this path of the machine. */
  shows(path: string): boolean;
} = {
  node: process.execPath,
  programDirectories: /^\/(usr|bin|opt)\//.test(process.execPath) ? [] : [dirname(process.execPath)],
  shows: (path) => /^\/(usr|bin|sbin|opt|lib|etc|sys|proc|dev)(\/|$)/.test(path) && existsSync(path),
  isExecutable(path) {
    if (!/^\/(usr|bin|sbin|opt|lib)/.test(path) && dirname(path) !== dirname(process.execPath)) return false;
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not a program
    }
  },
};
