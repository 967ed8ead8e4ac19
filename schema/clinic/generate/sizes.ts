export interface ClinicSizes {
  patients: number;
  appointments: number;
}

/** What `make up` loads (issue: 200 000 patients, 1 000 000 appointments). */
export const DEFAULT_SIZES: ClinicSizes = { patients: 200_000, appointments: 1_000_000 };

/** About ten visits a practitioner and working day at the default sizes. */
export function practitionerCount({ patients }: ClinicSizes): number {
  return Math.max(12, Math.round(patients / 2000));
}

export function clinicCount(sizes: ClinicSizes): number {
  return Math.max(3, Math.round(practitionerCount(sizes) / 10));
}
