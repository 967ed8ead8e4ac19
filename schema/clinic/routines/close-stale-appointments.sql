create or replace procedure public.close_stale_appointments(before date, batch_size integer, inout closed bigint default 0)
language plpgsql
as $body$
declare
  batch bigint;
begin
  -- Visits long past that nobody closed become no-shows, a batch a transaction, so that no lock lasts long.
  if batch_size < 1 then
    raise exception 'batch_size must be at least 1, not %', batch_size using errcode = '22023';
  end if;
  loop
    with stale as (
      select id, appointment_date
      from public.appointments
      where status in ('scheduled', 'confirmed')
        and appointment_date < before
      limit batch_size
      for update skip locked
    )
    update public.appointments a
    set status = 'no_show'
    from stale
    where a.id = stale.id and a.appointment_date = stale.appointment_date;
    get diagnostics batch = row_count;
    exit when batch = 0;
    closed := closed + batch;
    commit;
  end loop;
end
$body$;
