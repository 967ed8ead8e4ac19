import type { Drawing } from "./drawing";
import { clinicOf, primaryPractitioner } from "./people-sql";
import { practitionerCount, type ClinicSizes } from "./sizes";
import { COMPLAINTS, DIAGNOSES, FINDINGS, PLANS, REASONS } from "./vocabulary";

const SALT = {
  lead: 20,
  busy: 21,
  patient: 22,
  usual: 23,
  other: 24,
  time: 25,
  length: 26,
  status: 27,
  reason: 28,
  bookedTime: 29,
  weekend: 30,
  recorded: 31,
  complaint: 32,
  finding: 33,
  plan: 34,
  plan2: 35,
  diagnosis: 36,
  finding2: 37,
};

/** Four years of history, more visits in the later ones. */
const HISTORY_DAYS = 1461;

/** Share of completed visits that have a note. */
const NOTED_SHARE = 0.3;

/** A prime that spreads the busiest patients over the whole range of ids. */
const SPREAD = 7919;

/**
 * Rows [$1, $2] of appointments, in the order they were booked, and the encounters of those that took place. $3 is the
 * day that counts as today: what lies before is over, what lies after is still to come (84 days at most).
 * Skew: 70 % of visits fall evenly on patients, 30 % on a few who come often; three in four go to the usual practitioner;
 * the longer ahead a visit was booked, the likelier it is missed (6 % and more, up to 25 %).
 */
export function visitsSql(draw: Drawing, sizes: ClinicSizes): string {
  const { patients, appointments } = sizes;
  const words = (salt: number, list: string[], power = 1) => draw.pick("id", salt, list, power);
  const diagnosis = draw.below("id", SALT.diagnosis, DIAGNOSES.length, 1.5);
  const codes = DIAGNOSES.map(([code]) => `'${code}'`).join(", ");
  const assessments = DIAGNOSES.map(([, text]) => `'${text}'`).join(", ");
  return `
    with drawn as (
      select i,
             $3::date - (${HISTORY_DAYS} * power(1 - i::float8 / ${appointments}, 1.15))::int as booked_on,
             floor(-20 * ln(1 - 0.985 * ${draw.uniform("i", SALT.lead)}))::int as lead_days,
             1 + (case when ${draw.uniform("i", SALT.busy)} < 0.7
                       then ${draw.below("i", SALT.patient, patients)}
                       else ${draw.below("i", SALT.patient, patients, 1.8)} end::bigint * ${SPREAD}) % ${patients} as patient_id
      from generate_series($1::bigint, $2::bigint) as i
    ), dated as (
      select i, booked_on, lead_days, patient_id,
             booked_on + lead_days + case extract(isodow from booked_on + lead_days)
               when 7 then 1
               when 6 then case when ${draw.uniform("i", SALT.weekend)} < 0.8 then 2 else 0 end
               else 0 end as day,
             case when ${draw.uniform("i", SALT.usual)} < 0.75
                  then ${primaryPractitioner(draw, "patient_id", sizes)}
                  else 1 + ${draw.below("i", SALT.other, practitionerCount(sizes))} end as practitioner_id,
             ${draw.uniform("i", SALT.status)} as fate
      from drawn
    ), visits as (
      insert into appointments (id, appointment_date, start_time, duration_minutes, patient_id, practitioner_id, clinic_id, status,
                                reason, booked_at)
      select i, day,
             time '08:00' + interval '15 minutes' * ${draw.below("i", SALT.time, 40)},
             15 * (1 + ${draw.below("i", SALT.length, 4, 1.5)}),
             patient_id, practitioner_id, ${clinicOf("practitioner_id", sizes)},
             case
               when day > $3::date then case when fate < 0.60 then 'scheduled' when fate < 0.95 then 'confirmed' else 'cancelled' end
               when day > $3::date - 3 and fate > 0.7 then 'confirmed'
               when fate < 0.09 then 'cancelled'
               when fate < 0.09 + least(0.25, 0.06 + 0.002 * lead_days) then 'no_show'
               else 'completed'
             end,
             ${draw.pick("i", SALT.reason, REASONS, 1.4)},
             booked_on + time '07:30' + interval '1 minute' * ${draw.below("i", SALT.bookedTime, 600)}
      from dated
      returning id, appointment_date, start_time, patient_id, practitioner_id, status
    )
    insert into encounters (id, appointment_id, appointment_date, patient_id, practitioner_id, diagnosis_code, notes, recorded_at)
    select id, id, appointment_date, patient_id, practitioner_id,
           (array[${codes}])[1 + ${diagnosis}],
           concat_ws(' ', ${words(SALT.complaint, COMPLAINTS, 1.3)}, ${words(SALT.finding, FINDINGS)}, ${words(SALT.finding2, FINDINGS)},
                     (array[${assessments}])[1 + ${diagnosis}], ${words(SALT.plan, PLANS)}, ${words(SALT.plan2, PLANS)}),
           appointment_date + start_time + interval '20 minutes'
    from visits
    where status = 'completed' and ${draw.uniform("id", SALT.recorded)} < ${NOTED_SHARE}`;
}
