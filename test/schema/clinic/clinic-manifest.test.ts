import { readFileSync } from "node:fs";
import { join } from "node:path";

import { clinicManifest } from "../../../schema/clinic/clinic-manifest";
import { readManifest } from "../../../schema/manifest/parse-manifest";

const room = join(__dirname, "../../../schema/clinic");
const manifest = readManifest(join(room, "manifest.json"));

describe("the clinic's manifest", () => {
  it("is checked in as its source renders it (node -r @swc-node/register schema/clinic/write-manifest.ts)", () => {
    expect(JSON.parse(readFileSync(join(room, "manifest.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(clinicManifest())),
    );
  });

  it("has every index of the epic under the epic's name", () => {
    const names = manifest.tables.flatMap((table) => table.indexes.map((index) => index.name));
    expect(names).toEqual(
      expect.arrayContaining([
        "idx_patients_id",
        "idx_appointments_patient_id",
        "idx_appointments_practitioner_id",
        "idx_appointments_patient_date",
        "idx_appointments_active",
        "idx_patients_search",
        "idx_patients_name_fts",
      ]),
    );
  });

  it("has an index that leads with the column of every foreign key of tables.sql", () => {
    const migration = readFileSync(join(room, "tables.sql"), "utf8");
    const keys = [...migration.matchAll(/alter table (\w+) add constraint \w+ foreign key \((\w+)\)/g)];
    expect(keys).toHaveLength(8);
    for (const [, table, column] of keys) {
      const indexes = manifest.tables.find((each) => each.name === table)?.indexes ?? [];
      expect({
        table,
        column,
        indexed: indexes.some((index) => index.keys[0] === column && index.where === undefined),
      }).toEqual({
        table,
        column,
        indexed: true,
      });
    }
  });

  it("keeps secondary indexes out of the application's migration", () => {
    expect(readFileSync(join(room, "tables.sql"), "utf8")).not.toMatch(/create (unique )?index/i);
  });
});
