import type { ClientConfig } from "pg";

import { loadClinic } from "../../../schema/clinic/load";
import { queryAs } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";

const sizes = { patients: 60_000, appointments: 120_000, seed: 7, anchor: "2026-11-20" };

describe("loading the clinic", () => {
  let postgres: ThrowawayPostgres;

  const database = (name: string): Promise<ClientConfig> => createRdsLikeDatabase(postgres, name);
  const fingerprint = (config: ClientConfig) =>
    queryAs(
      config,
      `select (select sum(hashtextextended(p::text, 0)) from patients p)::text as patients,
              (select sum(hashtextextended(a::text, 0)) from appointments a)::text as appointments,
              (select sum(hashtextextended(e::text, 0)) from encounters e)::text as encounters`,
    );

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
  });

  afterAll(async () => postgres?.stop());

  it("gives the same clinic for the same seed, also when cut off in the middle and taken up again", async () => {
    const [whole, cut] = [await database("whole"), await database("cut")];
    const phases: string[] = [];
    await loadClinic(whole, {
      ...sizes,
      onProgress: ({ phase, done, total }) => phases.push(`${phase} ${done}/${total}`),
    });
    expect(phases.slice(0, 3)).toEqual(["patients 50000/60000", "patients 60000/60000", "appointments 50000/120000"]);

    const cutOff = loadClinic(cut, {
      ...sizes,
      onProgress: ({ phase }) => {
        if (phase === "appointments") throw new Error("cut off here");
      },
    });
    await expect(cutOff).rejects.toThrow("cut off here");
    expect(await queryAs(cut, "select count(*)::int as n from appointments")).toEqual([{ n: 50_000 }]);
    const resumed = await loadClinic(cut, { ...sizes, anchor: "2030-01-01" });
    expect(resumed).toMatchObject({ patients: 60_000, appointments: 120_000, loaded: true });
    expect(await fingerprint(cut)).toEqual(await fingerprint(whole));
  });

  it("loads only once", async () => {
    const again = await loadClinic(await connectionOf("whole"), sizes);
    expect(again).toMatchObject({ patients: 60_000, appointments: 120_000, loaded: false });
  });

  it("refuses another size or seed, saying what is there and what to do", async () => {
    const whole = await connectionOf("whole");
    await expect(loadClinic(whole, { ...sizes, patients: 10 })).rejects.toThrow(
      "This database already holds another clinic (60000 patients, 120000 appointments, seed 7) (got: 10 patients, 120000 appointments, seed 7)",
    );
    await expect(loadClinic(whole, { ...sizes, seed: 8 })).rejects.toThrow("Ask for the same sizes and seed");
    await expect(loadClinic(whole, { ...sizes, patients: 0.5 })).rejects.toThrow("whole numbers");
  });

  it("leaves data alone that it did not load", async () => {
    const whole = await connectionOf("whole");
    const foreign = await database("foreign_data");
    await loadClinic(foreign, { patients: 10, appointments: 10 });
    await queryAs(foreign, "delete from clinic_load");
    await expect(loadClinic(foreign, { patients: 10, appointments: 10 })).rejects.toThrow(
      "rows that were not loaded from a seed",
    );
    expect(await queryAs(whole, "select count(*)::int as n from patients")).toEqual([{ n: 60_000 }]);
  });

  it("looks like a clinic: few visits are open, a fifth are missed or cancelled, some patients come often, addresses are made up", async () => {
    const [shape] = await queryAs<Record<string, number | boolean>>(
      await connectionOf("whole"),
      `select (select avg((status in ('scheduled', 'confirmed'))::int)::float8 from appointments) as open,
              (select avg((status in ('no_show', 'cancelled'))::int)::float8 from appointments) as lost,
              (select max(n)::float8 / avg(n)::float8 from (select count(*) as n from appointments group by patient_id) v) as busiest,
              (select bool_and(appointment_date <= date '2026-11-20') from appointments where status in ('completed', 'no_show')) as past_is_past,
              (select bool_and(email like '%@example.org' and phone like '+1-555-%') from patients) as made_up,
              (select max(appointment_date) - date '2026-11-20' < 90 from appointments) as bounded,
              (select count(*) = 0 from pg_constraint where contype = 'f' and not convalidated) as keys_valid`,
    );
    expect(shape).toMatchObject({ past_is_past: true, made_up: true, bounded: true, keys_valid: true });
    expect(shape?.open).toBeGreaterThan(0.003);
    expect(shape?.open).toBeLessThan(0.05);
    expect(shape?.lost).toBeGreaterThan(0.12);
    expect(shape?.lost).toBeLessThan(0.28);
    expect(shape?.busiest).toBeGreaterThan(10);
  });

  it("goes on numbering where the loaded rows end", async () => {
    const rows = await queryAs(
      await connectionOf("whole"),
      `insert into patients (medical_record_number, clinic_id, first_name, last_name, date_of_birth, email, phone, city)
       values ('x', 1, 'a', 'b', '2000-01-01', 'a@example.org', '+1-555-0000000', 'c') returning id::int`,
    );
    expect(rows).toEqual([{ id: 60_001 }]);
  });

  async function connectionOf(name: string): Promise<ClientConfig> {
    return postgres.connection({ database: name, user: "plinth_master", password: "throwaway-master" });
  }
});
