import {
  containerPath,
  repositoryOf,
  resolveCommand,
  type Machine,
} from "../../../../../local/providers/kubernetes/images/resolve-command";

const programs = ["/usr/bin/sh", "/usr/sbin/pgbouncer", "/usr/bin/prometheus-postgres-exporter", "/bin/sh"];
const machine: Machine = { node: "/usr/local/node/bin/node", isExecutable: (path) => programs.includes(path) };
const resolve = (image: string, command?: string[], args?: string[]) =>
  resolveCommand({ name: "main", image, command, args }, machine);

describe("resolveCommand", () => {
  it("finds a program of this machine by name or path, whatever the image", () => {
    expect(resolve("busybox:1.36", ["sh", "-c", "true"])).toMatchObject({ argv: ["/usr/bin/sh", "-c", "true"] });
    expect(resolve("example.org/own:1", ["/bin/sh"], ["-x"])).toMatchObject({ argv: ["/bin/sh", "-x"] });
  });

  it("runs the local cloud's own Node.js for node", () => {
    expect(resolve("node:22", ["node", "app.js"])).toMatchObject({ argv: [machine.node, "app.js"] });
    expect(resolve("node:22", ["/usr/local/bin/node", "app.js"])).toMatchObject({ argv: [machine.node, "app.js"] });
  });

  it("knows what an image runs by itself", () => {
    expect(resolve("docker.io/edoburu/pgbouncer:v1.24")).toMatchObject({
      argv: ["/usr/sbin/pgbouncer", "/etc/pgbouncer/pgbouncer.ini"],
    });
    expect(
      resolve("quay.io/prometheuscommunity/postgres-exporter:v0.17.1", ["/bin/postgres_exporter"], ["--x"]),
    ).toMatchObject({
      argv: ["/usr/bin/prometheus-postgres-exporter", "--x"],
      standIn: undefined,
    });
  });

  it("says so when something else stands in", () => {
    const resolved = resolve("public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3", ["/awscollector"]);
    expect(resolved).toMatchObject({
      argv: [machine.node, expect.stringContaining("metrics-collector")],
      standIn: expect.stringContaining("collects nothing") as string,
    });
    expect(resolve("amazon/aws-otel-collector", ["sh"])).toMatchObject({ standIn: undefined });
  });

  it("refuses an unknown image without a command", () => {
    expect(resolve("example.org/own:1")).toEqual({
      property: "command",
      reason: `nobody here can look into image "example.org/own:1" for what it runs; say it in 'command'`,
    });
  });

  it("names a program that is missing and the Debian package that brings it", () => {
    expect(resolve("redis:7", ["redis-cli"])).toMatchObject({
      reason: expect.stringMatching(
        /"redis-cli" of image "redis:7" is not on this machine; install the Debian package redis-tools/,
      ) as string,
    });
  });

  it("takes programs that a volume brings at their word", () => {
    const container = {
      name: "main",
      image: "x",
      command: ["/scripts/run.sh"],
      volumeMounts: [{ name: "s", mountPath: "/scripts" }],
    };
    expect(resolveCommand(container, machine)).toMatchObject({ argv: ["/scripts/run.sh"] });
  });
});

describe("repositoryOf", () => {
  it("drops tag and digest and keeps a registry's port", () => {
    expect(repositoryOf("r.example:5000/a/b:1.2@sha256:00ff")).toBe("r.example:5000/a/b");
    expect(repositoryOf("r.example:5000/a/b")).toBe("r.example:5000/a/b");
  });
});

it("containers look for programs where images have them, then beside Node.js", () => {
  expect(containerPath(machine)).toMatch(/^\/usr\/local\/sbin:.*:\/usr\/local\/node\/bin$/);
});
