/** What the host has at a path, as far as mounting over it matters. */
export type HostEntry =
  { readonly type: "directory" } | { readonly type: "file" } | { readonly type: "symlink"; readonly target: string };

/** The host's file tree, narrow enough to be faked in a test. */
export interface HostTree {
  entry(path: string): HostEntry | undefined;
  /** Names in a directory. */
  list(path: string): readonly string[];
}

export interface Mount {
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path inside the sandbox. */
  readonly target: string;
  readonly type: "directory" | "file";
  readonly readOnly: boolean;
}

export interface MountRequest {
  /** Host directories shown read-only at the same place. */
  readonly system: readonly string[];
  /** Private, empty, writable directories. */
  readonly scratch: readonly string[];
  readonly mounts: readonly Mount[];
}

export interface MountPlan {
  /** Arguments for bwrap, in order. */
  readonly args: readonly string[];
  /** Mount points that must be made inside the source of another mount first, because that mount hides whatever bwrap could make. */
  readonly prepare: readonly { readonly path: string; readonly type: "directory" | "file" }[];
}

/**
 * Lays out a sandbox's file tree. bwrap cannot make a mount point inside a read-only bind, so where a target does not exist on the host the
 * deepest directory that does is rebuilt: an empty directory with every entry of the original bound into it, plus the way to the target.
 */
export function planMounts(request: MountRequest, host: HostTree): MountPlan {
  const mounts = request.mounts
    .map((mount) => ({ ...mount, target: throughSymlinks(mount.target, request, host) }))
    .sort((a, b) => depth(a.target) - depth(b.target));
  const rebuilt = new Set<string>();
  const directories = new Set<string>();
  const prepare: { path: string; type: "directory" | "file" }[] = [];
  const binds: string[] = [];
  for (const [index, mount] of mounts.entries()) {
    const around = mounts.slice(0, index).findLast((outer) => isInside(mount.target, outer.target));
    if (around) prepare.push({ path: around.source + mount.target.slice(around.target.length), type: mount.type });
    else {
      const anchor = deepestExisting(mount.target, request, host);
      if (anchor !== mount.target) {
        if (request.system.some((root) => anchor === root || isInside(anchor, root))) rebuilt.add(anchor);
        for (const parent of between(anchor, mount.target)) directories.add(parent);
        if (mount.type === "directory") directories.add(mount.target);
      }
    }
    binds.push(mount.readOnly ? "--ro-bind" : "--bind", mount.source, mount.target);
  }
  const rebuiltInOrder = [...rebuilt].sort((a, b) => depth(a) - depth(b));
  return {
    args: [
      ...request.system.flatMap((path) => show(path, host)),
      ...request.scratch.flatMap((path) => ["--perms", "1777", "--tmpfs", path]),
      ...rebuiltInOrder.flatMap((path) => rebuild(path, host)),
      ...[...directories].sort((a, b) => depth(a) - depth(b)).flatMap((path) => ["--perms", "0755", "--dir", path]),
      ...binds,
      ...rebuiltInOrder.flatMap((path) => ["--remount-ro", path]),
    ],
    prepare,
  };
}

function rebuild(path: string, host: HostTree): string[] {
  return ["--perms", "0755", "--tmpfs", path, ...host.list(path).flatMap((name) => show(`${path}/${name}`, host))];
}

function show(path: string, host: HostTree): string[] {
  const entry = host.entry(path);
  if (!entry) return [];
  return entry.type === "symlink" ? ["--symlink", entry.target, path] : ["--ro-bind", path, path];
}

/** `/bin/x` is `/usr/bin/x` where `/bin` is a link: bwrap mounts on what it finds, the plan must look there too. */
function throughSymlinks(target: string, request: MountRequest, host: HostTree): string {
  let resolved = "";
  for (const part of target.split("/").filter((name) => name !== "")) {
    const next = `${resolved}/${part}`;
    const entry = isShown(next, request) ? host.entry(next) : undefined;
    if (entry?.type !== "symlink") resolved = next;
    else resolved = entry.target.startsWith("/") ? entry.target : normalise(`${resolved}/${entry.target}`);
  }
  return resolved;
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function isShown(path: string, request: MountRequest): boolean {
  return request.system.some((root) => path === root || isInside(path, root));
}

/** The longest prefix that is there before any mount: a host path that is shown, a scratch directory, or the empty root. */
function deepestExisting(target: string, request: MountRequest, host: HostTree): string {
  for (let path = target; path !== ""; path = parentOf(path)) {
    if (request.scratch.includes(path)) return path;
    if (isShown(path, request) && host.entry(path)) return path;
  }
  return "";
}

function between(anchor: string, target: string): string[] {
  const parents: string[] = [];
  for (let path = parentOf(target); path !== anchor && path !== ""; path = parentOf(path)) parents.push(path);
  return parents;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`);
}

function depth(path: string): number {
  return path.split("/").length;
}
