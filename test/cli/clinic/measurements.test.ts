import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readMeasurements } from "../../../cli/clinic/measurements";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("saved measurements", () => {
  const directory = temporaryDirectory();
  const saved = (text: string) => {
    const file = join(directory(), "saved.json");
    writeFileSync(file, text);
    return readMeasurements(file);
  };

  test("are read back, or are none where there are none or a kill tore them", () => {
    const document = { release: "r", at: "now", measurements: [{ name: "q", p50Ms: 1 }] };
    expect(saved(JSON.stringify(document))).toEqual(document);
    expect(saved('{"release": "r"')).toBeUndefined();
    expect(saved("")).toBeUndefined();
    expect(readMeasurements(join(directory(), "none.json"))).toBeUndefined();
  });
});
