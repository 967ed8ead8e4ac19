create or replace function public.patient_risk_score(wanted_patient_id bigint, as_of date)
returns numeric
language sql
stable
parallel safe
set search_path = public, pg_temp
as $body$
  -- Chance in [0, 1] that the patient misses the next visit: the share of missed visits of the last two years, recent
  -- ones weighing more (half-life 180 days), pulled towards 0.12 while there are few visits.
  with past as (
    select
      (status = 'no_show')::int as missed,
      power(0.5, (as_of - appointment_date) / 180.0) as weight
    from appointments
    where patient_id = wanted_patient_id
      and appointment_date >= as_of - 730
      and appointment_date < as_of
      and status in ('completed', 'no_show')
  )
  select round(((0.12 * 5 + coalesce(sum(missed * weight), 0)) / (5 + coalesce(sum(weight), 0)))::numeric, 4)
  from past
$body$;
