import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createPlaces, placesOf, plinthHome } from "../../cli/places";
import { temporaryDirectory } from "../support/temporary-directory";

describe("where a stack's state lies", () => {
  const directory = temporaryDirectory();
  const checkout = (name: string) => {
    const path = join(directory(), name);
    mkdirSync(path, { recursive: true });
    return path;
  };

  test("is another place for another checkout, project or stack", () => {
    const roots = [
      placesOf(checkout("a/plinth"), "p", "local", "/h"),
      placesOf(checkout("b/plinth"), "p", "local", "/h"),
      placesOf(checkout("a/plinth"), "q", "local", "/h"),
      placesOf(checkout("a/plinth"), "p", "dev", "/h"),
    ].map(({ cloudRoot }) => cloudRoot);
    expect(new Set(roots).size).toBe(4);
  });

  test("is the same place however the checkout is named", () => {
    symlinkSync(checkout("plinth"), join(directory(), "link"));
    expect(placesOf(join(directory(), "link"), "p", "s", "/h")).toEqual(placesOf(checkout("plinth"), "p", "s", "/h"));
  });

  test("has room for the path of a Unix socket, however long the checkout's name is", () => {
    const { cloudRoot } = placesOf(checkout("x".repeat(200)), "plinth", "production", "/var/lib/plinth");
    expect(join(cloudRoot, "control.sock").length).toBeLessThan(108);
  });

  test("is PLINTH_HOME, whichever directory the local cloud is started in", () => {
    expect(plinthHome({ PLINTH_HOME: "/x" })).toBe("/x");
    expect(plinthHome({ PLINTH_HOME: "x" })).toBe(join(process.cwd(), "x"));
  });

  test("hides the engine's side and lets the database's user pass through to the other", () => {
    const places = placesOf(checkout("plinth"), "p", "s", join(directory(), "home"));
    createPlaces(places);
    expect(statSync(places.engineRoot).mode & 0o777).toBe(0o700);
    expect(statSync(join(places.engineRoot, "..")).mode & 0o001).toBe(1);
  });
});
