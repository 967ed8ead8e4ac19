import {
  assignSlots,
  haproxyConfig,
  slotCommands,
} from "../../../../../local/providers/kubernetes/services/haproxy-config";

describe("haproxyConfig", () => {
  it("listens on every port of the Service and refuses clients while no pod is ready", () => {
    const text = haproxyConfig({
      address: "127.9.0.10",
      ports: [
        { name: "postgres", port: 6432 },
        { name: "metrics", port: 9127 },
      ],
      adminSocket: "/s/admin",
      maxConnections: 100,
      sticky: false,
    });
    expect(text).toContain("bind 127.9.0.10:6432");
    expect(text).toContain("bind 127.9.0.10:9127");
    expect(text).toContain("reject if { nbsrv(pods-postgres) eq 0 }");
    expect(text).toContain("balance roundrobin");
  });
});

describe("assignSlots", () => {
  it("leaves endpoints where they are and fills gaps", () => {
    expect(assignSlots(["a", "b", undefined], ["b", "c"])).toEqual(["c", "b", undefined]);
  });

  it("refuses more endpoints than there are slots", () => {
    expect(() => assignSlots([undefined], ["a", "b"])).toThrow("more than 1 pods");
  });
});

describe("slotCommands", () => {
  it("says only what changes, and takes a slot out of service before it points elsewhere", () => {
    expect(
      slotCommands("pods-x", ["1.1.1.1:1", "2.2.2.2:2", undefined], ["3.3.3.3:3", undefined, "4.4.4.4:4"]),
    ).toEqual([
      "set server pods-x/s1 state maint",
      "set server pods-x/s1 addr 3.3.3.3 port 3",
      "set server pods-x/s1 state ready",
      "set server pods-x/s2 state maint",
      "set server pods-x/s3 addr 4.4.4.4 port 4",
      "set server pods-x/s3 state ready",
    ]);
    expect(slotCommands("pods-x", ["a"], ["a"])).toEqual([]);
  });
});
