import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CertificateAuthority } from "../../../local/cloud/certificate-authority";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("the certificate authority of a cloud", () => {
  const directory = temporaryDirectory();
  const open = () => CertificateAuthority.open(join(directory(), "ca"), "Test CA");

  test("issues certificates for names and addresses that its own certificate vouches for", async () => {
    const authority = await open();
    const issued = await authority.issue("db", ["db.example", "127.16.0.10"]);
    const certificate = new X509Certificate(issued.certificatePem);
    const root = new X509Certificate(authority.certificatePem);
    expect(certificate.checkIssued(root)).toBe(true);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.checkHost("db.example")).toBe("db.example");
    expect(certificate.checkIP("127.16.0.10")).toBe("127.16.0.10");
    expect(certificate.checkHost("other.example")).toBeUndefined();
    expect(certificate.checkPrivateKey(createPrivateKey(issued.privateKeyPem))).toBe(true);
    expect([root.ca, certificate.ca]).toEqual([true, false]);
  });

  test("is the same one after a restart", async () => {
    const before = (await open()).certificatePem;
    const { certificatePem } = await (await open()).issue("x", ["x"]);
    expect(new X509Certificate(certificatePem).verify(new X509Certificate(before).publicKey)).toBe(true);
  });

  test("keeps its key to itself and shows its certificate to all", async () => {
    const { certificateFile } = await open();
    expect(statSync(join(directory(), "ca", "ca-key.pem")).mode & 0o777).toBe(0o600);
    expect(statSync(certificateFile).mode & 0o777).toBe(0o644);
    expect(readFileSync(certificateFile, "utf8")).not.toContain("PRIVATE");
  });

  test("that a kill left half made is made anew", async () => {
    await open();
    rmSync(join(directory(), "ca", "ca.pem"));
    writeFileSync(join(directory(), "ca", "ca-key.pem"), "-----BEGIN PRIV");
    expect((await (await open()).issue("x", ["x"])).certificatePem).toContain("BEGIN CERTIFICATE");
  });
});
