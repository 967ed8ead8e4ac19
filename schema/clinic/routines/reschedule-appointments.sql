create or replace procedure public.reschedule_appointments(
  wanted_practitioner_id bigint,
  from_date date,
  to_date date,
  inout moved bigint default 0
)
language plpgsql
set search_path = public, pg_temp
as $body$
begin
  -- A practitioner is away: the whole day moves in one transaction, times kept, or nothing does.
  if to_date < current_date then
    raise exception 'appointments cannot move into the past: %', to_date using errcode = '22023';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(format('book:%s:%s', wanted_practitioner_id, day), 0))
  from unnest(array[least(from_date, to_date), greatest(from_date, to_date)]) as day;
  if exists (
    select
    from appointments stays
    join appointments moves
      on (stays.start_time, stays.start_time + stays.duration_minutes * interval '1 minute')
         overlaps (moves.start_time, moves.start_time + moves.duration_minutes * interval '1 minute')
    where stays.practitioner_id = wanted_practitioner_id
      and stays.appointment_date = to_date
      and stays.status in ('scheduled', 'confirmed')
      and moves.practitioner_id = wanted_practitioner_id
      and moves.appointment_date = from_date
      and moves.status in ('scheduled', 'confirmed')
  ) then
    raise exception 'practitioner % has overlapping appointments on %', wanted_practitioner_id, to_date
      using errcode = '23P01', hint = 'Choose another day.';
  end if;
  update appointments
  set appointment_date = to_date, status = 'scheduled'
  where practitioner_id = wanted_practitioner_id
    and appointment_date = from_date
    and status in ('scheduled', 'confirmed');
  get diagnostics moved = row_count;
end
$body$;
