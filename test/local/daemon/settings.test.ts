import { daemonSettings } from "../../../local/daemon/settings";

const right = { PLINTH_CLOUD_ROOT: "/r", PLINTH_NETWORK_REGISTRY: "/n" };

describe("the environment of the local cloud", () => {
  test("says where it lives and whose end is its own", () => {
    expect(daemonSettings({ ...right, PLINTH_OWNER_PID: "42" })).toEqual({
      root: "/r",
      networkRegistry: "/n",
      region: "eu-central-1",
      owner: 42,
    });
    expect(daemonSettings(right).owner).toBeUndefined();
  });

  test.each([["nobody"], ["-1"], ["0"], ["1.5"]])("is refused with an owner that is no process id: %s", (owner) => {
    expect(() => daemonSettings({ ...right, PLINTH_OWNER_PID: owner })).toThrow(`PLINTH_OWNER_PID=${owner}:`);
  });
});
