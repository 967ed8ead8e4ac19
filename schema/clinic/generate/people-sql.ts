import type { Drawing } from "./drawing";
import { clinicCount, practitionerCount, type ClinicSizes } from "./sizes";
import { CITIES, FIRST_NAMES, LAST_NAMES, SPECIALTIES } from "./vocabulary";

/** Salts: each drawn property has its own, so that none depends on another by accident. */
const SALT = { primary: 1, first: 2, last: 3, birth: 4, phone: 5, city: 6, created: 7, specialty: 8, noPrimary: 9 };

/** The practitioner (1-based) a patient usually sees. */
export function primaryPractitioner(draw: Drawing, patient: string, sizes: ClinicSizes): string {
  return `1 + ${draw.below(patient, SALT.primary, practitionerCount(sizes), 1.3)}`;
}

/** The clinic (1-based) a practitioner works at. */
export function clinicOf(practitioner: string, sizes: ClinicSizes): string {
  return `1 + (${practitioner} - 1) % ${clinicCount(sizes)}`;
}

export function clinicsSql(draw: Drawing, sizes: ClinicSizes): string {
  return `
    insert into clinics (id, name, city)
    select i, city || ' Health Centre ' || i, city
    from (select i, ${draw.pick("i", SALT.city, CITIES)} as city
          from generate_series(1, ${clinicCount(sizes)}::bigint) as i) drawn`;
}

export function practitionersSql(draw: Drawing, sizes: ClinicSizes): string {
  return `
    insert into practitioners (id, clinic_id, first_name, last_name, specialty, email)
    select i, ${clinicOf("i", sizes)}, first_name, last_name, specialty,
           lower(first_name || '.' || last_name) || '.' || i || '@clinic.example.org'
    from (select i,
                 ${draw.pick("-i", SALT.first, FIRST_NAMES)} as first_name,
                 ${draw.pick("-i", SALT.last, LAST_NAMES)} as last_name,
                 ${draw.pick("i", SALT.specialty, SPECIALTIES, 2)} as specialty
          from generate_series(1, ${practitionerCount(sizes)}::bigint) as i) drawn`;
}

/** Rows [$1, $2] of patients; $3 is the day the clinic's calendar is built around. Addresses and numbers are reserved for examples. */
export function patientsSql(draw: Drawing, sizes: ClinicSizes): string {
  return `
    insert into patients (id, medical_record_number, clinic_id, primary_practitioner_id, first_name, last_name, date_of_birth,
                          email, phone, city, created_at)
    select i, 'MRN' || lpad(i::text, 9, '0'), ${clinicOf("practitioner", sizes)},
           case when ${draw.uniform("i", SALT.noPrimary)} < 0.95 then practitioner end,
           first_name, last_name,
           $3::date - (365 * 95 * power(${draw.uniform("i", SALT.birth)}, 0.8))::int,
           lower(first_name || '.' || last_name) || '.' || i || '@example.org',
           '+1-555-' || lpad(${draw.below("i", SALT.phone, 10_000_000)}::text, 7, '0'),
           ${draw.pick("i", SALT.city, CITIES, 1.5)},
           $3::timestamptz - interval '1 day' * (1461 + floor(3000 * ${draw.uniform("i", SALT.created)}))
    from (select i,
                 ${primaryPractitioner(draw, "i", sizes)} as practitioner,
                 ${draw.pick("i", SALT.first, FIRST_NAMES, 1.6)} as first_name,
                 ${draw.pick("i", SALT.last, LAST_NAMES, 1.6)} as last_name
          from generate_series($1::bigint, $2::bigint) as i) drawn`;
}
