/** One of the questions the clinic's application asks all day. */
export interface ClinicQuery {
  name: string;
  purpose: string;
  /** The statement, with parameters $1 … as the application binds them. */
  sql: string;
  /** A query that draws parameter sets from the data, one a row, the columns in order; $1 is how many. The same data gives the same sets. */
  parameters: string;
  /** Why indexes and partitions do not make it at least twice as fast, where they do not; part of docs/query-plans.md. */
  whyNotFaster?: string;
}

/** The day the data was built around; a clinic that was not loaded by us lives in the present. */
const TODAY = "coalesce((select max(anchor) from clinic_load), current_date)";

const somePatients = "select id from patients order by hashint8extended(id, 7) limit $1";
const someVisits =
  "select practitioner_id, appointment_date from appointments where id in (select (hashint8extended(i, 11) & 1048575) % (select max(id) from appointments) + 1 from generate_series(1, $1::bigint * 3) as i) order by id limit $1";
const somePractitioners = `select id, ${TODAY} from practitioners order by hashint8extended(id, 3) limit $1`;
const todays = `select ${TODAY} from generate_series(1, $1::int)`;

export const CLINIC_QUERIES: ClinicQuery[] = [
  {
    name: "patient-recent-appointments",
    purpose: "the last 20 visits on a patient's page",
    sql: `select id, appointment_date, start_time, status, reason
          from appointments where patient_id = $1 order by appointment_date desc limit 20`,
    parameters: somePatients,
  },
  {
    name: "practitioner-day",
    purpose: "the day sheet of a practitioner",
    sql: `select a.start_time, a.duration_minutes, a.status, p.last_name, p.first_name
          from appointments a join patients p on p.id = a.patient_id
          where a.practitioner_id = $1 and a.appointment_date = $2 order by a.start_time`,
    parameters: someVisits,
  },
  {
    name: "active-appointments-week",
    purpose: "visits to confirm in the coming week",
    sql: `select id, appointment_date, start_time, patient_id from appointments
          where status = 'scheduled' and appointment_date >= $1 and appointment_date < $1::date + 7
          order by appointment_date, start_time limit 50`,
    parameters: todays,
  },
  {
    name: "unclosed-appointments",
    purpose: "past visits that nobody closed",
    sql: `select id, appointment_date, practitioner_id from appointments
          where status in ('scheduled', 'confirmed') and appointment_date < $1 order by appointment_date limit 100`,
    parameters: todays,
  },
  {
    name: "patient-search-covering",
    purpose: "reception: full name to contact data, from the index alone",
    sql: `select last_name, first_name, email, phone from patients where last_name = $1 and first_name = $2 limit 50`,
    parameters: "select last_name, first_name from patients order by hashint8extended(id, 5) limit $1",
  },
  {
    name: "patient-search-prefix",
    purpose: "reception: first letters while typing",
    sql: `select id, last_name, first_name, date_of_birth from patients
          where lower(last_name) like $1 and lower(first_name) like $2 order by lower(last_name), lower(first_name) limit 20`,
    parameters:
      "select lower(left(last_name, 4)) || '%', lower(left(first_name, 3)) || '%' from patients order by hashint8extended(id, 13) limit $1",
  },
  {
    name: "patient-name-full-text",
    purpose: "names in any order",
    sql: `select id, first_name, last_name from patients
          where to_tsvector('english', first_name || ' ' || last_name) @@ plainto_tsquery('english', $1) limit 20`,
    parameters: "select last_name || ' ' || first_name from patients order by hashint8extended(id, 17) limit $1",
  },
  {
    name: "patient-email-part",
    purpose: "part of an address",
    sql: `select id, last_name, first_name, email from patients where email like $1 limit 20`,
    parameters:
      "select '%' || split_part(email, '.', 2) || '.' || id || '@%' from patients order by hashint8extended(id, 19) limit $1",
  },
  {
    name: "notes-search",
    purpose: "words in the notes, latest first",
    sql: `select patient_id, recorded_at, diagnosis_code from encounters
          where to_tsvector('english', notes) @@ websearch_to_tsquery('english', $1) order by recorded_at desc limit 20`,
    parameters: `select terms from unnest(array['migraine wheezing electrocardiogram', 'nitrofurantoin dizziness infection', 'itching plaques dermatitis',
                 'metformin headache physiotherapy', 'heartburn reflux radiograph', 'asthma cough lungs', 'anxiety fatigue diary']) as terms limit $1`,
  },
  {
    name: "month-aggregate",
    purpose: "visits a day and status of one month",
    sql: `select appointment_date, status, count(*), sum(duration_minutes) from appointments
          where appointment_date >= $1 and appointment_date < ($1::date + interval '1 month') group by 1, 2 order by 1, 2`,
    parameters: `select (date_trunc('month', ${TODAY}) - interval '1 month' * i)::date from generate_series(1, $1::int) as i`,
  },
  {
    name: "next-free-slots",
    purpose: "the next free half hours of a practitioner",
    sql: `select slot from generate_series($2::date + time '08:00', $2::date + 7 + time '17:30', interval '30 minutes') as slot
          where slot::time between '08:00' and '17:30' and extract(isodow from slot) < 6
            and not exists (select from appointments a
                            where a.practitioner_id = $1 and a.appointment_date = slot::date
                              and a.appointment_date >= $2 and a.appointment_date <= $2::date + 7
                              and a.status in ('scheduled', 'confirmed')
                              and a.start_time < slot::time + interval '30 minutes'
                              and a.start_time + a.duration_minutes * interval '1 minute' > slot::time)
          order by slot limit 10`,
    parameters: somePractitioners,
  },
  {
    name: "no-show-rates",
    purpose: "missed visits of the last 30 days by practitioner",
    sql: `select practitioner_id, count(*) filter (where status = 'no_show')::float8 / count(*) as rate
          from appointments
          where appointment_date >= $1::date - 30 and appointment_date < $1 and status in ('completed', 'no_show')
          group by 1 order by 2 desc limit 20`,
    parameters: todays,
  },
  {
    name: "patient-dashboard",
    purpose: "one query for a page that used to take one a list",
    sql: `select p.first_name, p.last_name, p.email,
                 (select json_agg(v) from (select appointment_date, start_time, status from appointments
                                           where patient_id = p.id and appointment_date >= $2
                                           order by appointment_date limit 5) v) as upcoming,
                 (select json_agg(e) from (select recorded_at, diagnosis_code, notes from encounters
                                           where patient_id = p.id order by recorded_at desc limit 5) e) as history,
                 (select count(*) from appointments
                  where patient_id = p.id and status = 'no_show' and appointment_date >= $2::date - 365) as missed
          from patients p where p.id = $1`,
    parameters: `select id, ${TODAY} from patients order by hashint8extended(id, 23) limit $1`,
  },
  {
    name: "diagnosis-latest",
    purpose: "the latest cases of a diagnosis",
    sql: `select patient_id, recorded_at, left(notes, 80) from encounters where diagnosis_code = $1 order by recorded_at desc limit 20`,
    parameters:
      "select code from unnest(array['I10', 'E11.9', 'J06.9', 'M54.5', 'E78.5', 'F41.1', 'N39.0']) as code limit $1",
  },
  {
    name: "visit-record",
    purpose: "the note of one visit",
    sql: `select a.status, a.reason, e.diagnosis_code, e.notes
          from appointments a left join encounters e on e.appointment_id = a.id and e.appointment_date = a.appointment_date
          where a.id = $1 and a.appointment_date = $2`,
    parameters: "select appointment_id, appointment_date from encounters order by hashint8extended(id, 29) limit $1",
  },
];
