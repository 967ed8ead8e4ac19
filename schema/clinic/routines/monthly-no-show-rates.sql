create or replace function public.monthly_no_show_rates(from_month date, to_month date)
returns table (month date, visits bigint, no_shows bigint, rate numeric)
language sql
stable
parallel safe
set search_path = public, pg_temp
as $body$
  select
    date_trunc('month', appointment_date)::date,
    count(*),
    count(*) filter (where status = 'no_show'),
    round(count(*) filter (where status = 'no_show')::numeric / count(*), 4)
  from appointments
  where appointment_date >= date_trunc('month', from_month)::date
    and appointment_date < (date_trunc('month', to_month) + interval '1 month')::date
    and status in ('completed', 'no_show')
  group by 1
  order by 1
$body$;
