import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ClientConfig } from "pg";

import { HookBundle } from "../../support/hook-bundle";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";

/** A CA and a server certificate for one alternative name, in files. */
function makeCertificates(directory: string, name: string): { ca: string; certificate: string; key: string } {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  writeFileSync(join(directory, "names"), `subjectAltName=${name}`);
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=test ca",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr");
  openssl(
    "x509",
    "-req",
    "-in",
    "server.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "names",
    "-out",
    "server.crt",
  );
  const read = (file: string) => readFileSync(join(directory, file), "utf8");
  return { ca: join(directory, "ca.pem"), certificate: read("server.crt"), key: read("server.key") };
}

describe("the hook over TLS with verify-full", () => {
  const directories: string[] = [];
  let bundle: HookBundle;

  beforeAll(() => {
    bundle = new HookBundle();
  });

  afterAll(() => {
    bundle?.dispose();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  async function runAgainst(name: string, changeCa?: (ca: string) => string) {
    const directory = mkdtempSync(join(tmpdir(), "plinth-tls-"));
    directories.push(directory);
    const tls = makeCertificates(directory, name);
    const postgres: ThrowawayPostgres = await startThrowawayPostgres({ tls });
    try {
      const master: ClientConfig = await createRdsLikeDatabase(postgres, "app");
      const manifest = bundle.writeManifest("tls", { version: 1, application: "tls" });
      return await bundle.run(master, {
        PLINTH_MANIFEST: manifest,
        PGSSLMODE: "verify-full",
        PGSSLROOTCERT: changeCa?.(tls.ca) ?? tls.ca,
      });
    } finally {
      await postgres.stop();
    }
  }

  it("connects to a server whose certificate names the address it was given", async () => {
    const run = await runAgainst("IP:127.0.0.1");
    expect(run.lines.at(-1)).toMatch(/^summary/);
    expect(run.code).toBe(0);
  });

  it("refuses a server whose certificate names another host", async () => {
    const run = await runAgainst("DNS:other.example.org");
    expect(run.lines.at(-1)).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(run.code).toBe(1);
  });

  it("refuses a server that another authority vouches for", async () => {
    const run = await runAgainst("IP:127.0.0.1", () => {
      const directory = mkdtempSync(join(tmpdir(), "plinth-tls-"));
      directories.push(directory);
      return makeCertificates(directory, "IP:127.0.0.1").ca;
    });
    expect(run.lines.at(-1)).toMatch(/error: Cannot connect: .*(UNABLE_TO_VERIFY|SIGNATURE|SELF_SIGNED)/);
    expect(run.code).toBe(1);
  });
});
