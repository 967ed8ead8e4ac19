create or replace function public.daily_practitioner_summary(day date)
returns table (
  practitioner_id bigint,
  practitioner text,
  booked bigint,
  completed bigint,
  no_shows bigint,
  cancelled bigint,
  booked_minutes bigint,
  first_start time,
  last_start time
)
language sql
stable
set search_path = public, pg_temp
as $body$
  select
    p.id,
    p.last_name || ', ' || p.first_name,
    count(*) filter (where a.status in ('scheduled', 'confirmed')),
    count(*) filter (where a.status = 'completed'),
    count(*) filter (where a.status = 'no_show'),
    count(*) filter (where a.status = 'cancelled'),
    coalesce(sum(a.duration_minutes) filter (where a.status <> 'cancelled'), 0),
    min(a.start_time),
    max(a.start_time)
  from appointments a
  join practitioners p on p.id = a.practitioner_id
  where a.appointment_date = day
  group by p.id
  order by p.last_name, p.first_name, p.id
$body$;
