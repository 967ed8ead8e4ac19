create or replace function public.book_appointment(
  wanted_patient_id bigint,
  wanted_practitioner_id bigint,
  wanted_date date,
  wanted_time time,
  wanted_minutes integer,
  wanted_reason text
)
returns bigint
language plpgsql
set search_path = public, pg_temp
as $body$
declare
  new_id bigint;
begin
  if wanted_date < current_date then
    raise exception 'an appointment cannot be booked in the past: %', wanted_date using errcode = '22023';
  end if;
  -- Two bookings for one practitioner's day queue behind each other; others do not notice.
  perform pg_advisory_xact_lock(hashtextextended(format('book:%s:%s', wanted_practitioner_id, wanted_date), 0));
  if exists (
    select
    from appointments
    where practitioner_id = wanted_practitioner_id
      and appointment_date = wanted_date
      and status in ('scheduled', 'confirmed')
      and (start_time, start_time + duration_minutes * interval '1 minute')
          overlaps (wanted_time, wanted_time + wanted_minutes * interval '1 minute')
  ) then
    raise exception 'practitioner % is not free on % at %', wanted_practitioner_id, wanted_date, wanted_time
      using errcode = '23P01', hint = 'Choose another slot.';
  end if;
  insert into appointments (appointment_date, start_time, duration_minutes, patient_id, practitioner_id, clinic_id, reason)
  select wanted_date, wanted_time, wanted_minutes, wanted_patient_id, id, clinic_id, wanted_reason
  from practitioners
  where id = wanted_practitioner_id
  returning id into new_id;
  if new_id is null then
    raise exception 'practitioner % does not exist', wanted_practitioner_id using errcode = '23503';
  end if;
  return new_id;
end
$body$;
