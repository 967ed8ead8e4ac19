import "reflect-metadata";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;

export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** The local cloud's own certificate authority: what the RDS and ElastiCache CAs are to AWS. Its key never leaves the state directory. */
export class CertificateAuthority {
  private constructor(
    /** PEM file that clients name in `sslrootcert`; world-readable. */
    readonly certificateFile: string,
    readonly certificatePem: string,
    private readonly key: webcrypto.CryptoKey,
  ) {}

  /** Opens the authority kept in `directory`, creating it the first time. */
  static async open(directory: string, name: string): Promise<CertificateAuthority> {
    const certificateFile = join(directory, "ca.pem");
    const keyFile = join(directory, "ca-key.pem");
    if (!existsSync(certificateFile)) await createAuthority(directory, name, certificateFile, keyFile);
    const key = await importKey(readFileSync(keyFile, "utf8"));
    return new CertificateAuthority(certificateFile, readFileSync(certificateFile, "utf8"), key);
  }

  /** A server certificate for these host names and IP addresses, valid two years. */
  async issue(commonName: string, hosts: readonly string[]): Promise<IssuedCertificate> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const issuer = new x509.X509Certificate(this.certificatePem);
    const certificate = await x509.X509CertificateGenerator.create(
      {
        serialNumber: serialNumber(),
        subject: `CN=${commonName}`,
        issuer: issuer.subject,
        notBefore: new Date(Date.now() - dayMs),
        notAfter: new Date(Date.now() + 730 * dayMs),
        signingAlgorithm: algorithm,
        publicKey: keys.publicKey,
        signingKey: this.key,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension(
            hosts.map((host) => ({ type: isIP(host) ? ("ip" as const) : ("dns" as const), value: host })),
          ),
        ],
      },
      webcrypto,
    );
    return { certificatePem: `${certificate.toString("pem")}\n`, privateKeyPem: await exportKey(keys.privateKey) };
  }
}

async function createAuthority(directory: string, name: string, certificateFile: string, keyFile: string) {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + 3650 * dayMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  writeFileSync(keyFile, await exportKey(keys.privateKey), { mode: 0o600 });
  // The certificate is what marks the authority as complete, so it appears last and at once.
  writeFileSync(`${certificateFile}.draft`, `${certificate.toString("pem")}\n`, { mode: 0o644 });
  renameSync(`${certificateFile}.draft`, certificateFile);
}

function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString("hex");
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [raw] = x509.PemConverter.decode(pem);
  if (raw === undefined)
    throw new Error(
      "the key of the local certificate authority is not a PEM file; delete the state with 'plinth down --delete'",
    );
  return webcrypto.subtle.importKey("pkcs8", raw, algorithm, false, ["sign"]);
}
