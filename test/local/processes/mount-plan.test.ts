import { planMounts, type HostEntry, type HostTree, type Mount } from "../../../local/processes/mount-plan";

const directory: HostEntry = { type: "directory" };
const entries: Record<string, HostEntry> = {
  "/etc": directory,
  "/etc/hosts": { type: "file" },
  "/etc/ssl": directory,
  "/etc/ssl/certs": directory,
  "/etc/mtab": { type: "symlink", target: "../proc/mounts" },
  "/usr": directory,
  "/usr/bin": directory,
  "/bin": { type: "symlink", target: "usr/bin" },
};
const host: HostTree = {
  entry: (path) => entries[path],
  list: (path) =>
    Object.keys(entries)
      .filter((entry) => entry.startsWith(`${path}/`) && !entry.slice(path.length + 1).includes("/"))
      .map((entry) => entry.slice(path.length + 1)),
};
const mount = (target: string, type: Mount["type"] = "directory", source = "/src"): Mount => ({
  ...{ source, target, type, readOnly: true },
});
const plan = (mounts: Mount[], scratch: string[] = []) =>
  planMounts({ system: ["/etc", "/usr", "/bin"], scratch, mounts }, host);
const system = ["--ro-bind", "/etc", "/etc", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin"];

describe("planMounts", () => {
  it("binds straight onto what is there", () => {
    expect(plan([mount("/etc/ssl/certs")]).args).toEqual([...system, "--ro-bind", "/src", "/etc/ssl/certs"]);
  });

  it("makes the way to a target outside the system's directories", () => {
    expect(plan([mount("/data/deep")]).args).toEqual([
      ...system,
      ...["--perms", "0755", "--dir", "/data", "--perms", "0755", "--dir", "/data/deep"],
      ...["--ro-bind", "/src", "/data/deep"],
    ]);
  });

  it("rebuilds the deepest directory that exists, once, with everything in it, when the target does not", () => {
    const { args } = plan([mount("/etc/new/file", "file"), mount("/etc/other")]);
    expect(args).toEqual([
      ...system,
      ...[
        "--perms",
        "0755",
        "--tmpfs",
        "/etc",
        "--ro-bind",
        "/etc/hosts",
        "/etc/hosts",
        "--ro-bind",
        "/etc/ssl",
        "/etc/ssl",
      ],
      ...["--symlink", "../proc/mounts", "/etc/mtab"],
      ...["--perms", "0755", "--dir", "/etc/other", "--perms", "0755", "--dir", "/etc/new"],
      ...["--ro-bind", "/src", "/etc/other", "--ro-bind", "/src", "/etc/new/file", "--remount-ro", "/etc"],
    ]);
  });

  it("follows links of the host to where the target really is", () => {
    expect(plan([mount("/bin", "directory")]).args.slice(-3)).toEqual(["--ro-bind", "/src", "/usr/bin"]);
  });

  it("asks for mount points inside other mounts to be made in their sources", () => {
    const { prepare } = plan([mount("/data/conf/x", "file", "/b"), mount("/data", "directory", "/a")]);
    expect(prepare).toEqual([{ path: "/a/conf/x", type: "file" }]);
  });

  it("mounts into scratch directories after they are made", () => {
    const { args } = plan([mount("/tmp/cache")], ["/tmp"]);
    expect(args.indexOf("--tmpfs")).toBeLessThan(args.indexOf("/tmp/cache"));
    expect(args.filter((arg) => arg === "--remount-ro")).toEqual([]);
  });
});
