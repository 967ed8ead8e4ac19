import { X509Certificate } from "node:crypto";
import { dataDigest, digest } from "../../../infra/cluster/digest";
import { renderKubeconfig } from "../../../infra/cluster/kubeconfig";
import { rdsAuthorities } from "../../../infra/cluster/rds-authorities";

describe("the authorities that sign RDS certificates", () => {
  const certificates = (region: string, now?: Date) =>
    rdsAuthorities(region, now)
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .map((pem) => new X509Certificate(pem));

  test("a region has its three current roots, and nobody else's", () => {
    const subjects = certificates("eu-central-1", new Date("2026-11-23")).map((certificate) => certificate.subject);
    expect(subjects).toHaveLength(3);
    for (const kind of ["RSA2048", "RSA4096", "ECC384"])
      expect(
        subjects.filter((subject) => subject.includes(`CN=Amazon RDS eu-central-1 Root CA ${kind} G1`)),
      ).toHaveLength(1);
  });

  test("a region that the package does not know is an error with a cure", () => {
    expect(() => rdsAuthorities("xx-north-9")).toThrow("no Amazon RDS root for xx-north-9: give plinth:caBundle");
  });
});

describe("the kubeconfig", () => {
  const config = renderKubeconfig({
    name: "clinic",
    region: "eu-central-1",
    endpoint: "https://k",
    certificateAuthority: "Q0E=",
  });

  test("holds no secret: a token is made when it is used", () => {
    expect(config).toContain('"get-token"');
    expect(config).not.toMatch(/"token"|password|client-key/);
  });

  test("points its current context at the cluster", () => {
    const parsed = JSON.parse(config) as {
      "current-context": string;
      clusters: { name: string; cluster: { server: string } }[];
    };
    expect(parsed.clusters[0]).toMatchObject({ name: parsed["current-context"], cluster: { server: "https://k" } });
  });
});

describe("digests", () => {
  test("do not depend on the order of keys", () => {
    expect(dataDigest({ a: "1", b: "2" })).toBe(dataDigest({ b: "2", a: "1" }));
  });

  test("tell apart texts that join to the same", () => {
    expect(digest("ab", "c")).not.toBe(digest("a", "bc"));
  });

  test("are short enough for a name and never start a different one", () => {
    expect(digest("x")).toMatch(/^[0-9a-f]{10}$/);
  });
});
