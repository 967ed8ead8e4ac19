import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cloud } from "../../../contract";

/**
 * On RDS an allowed extension belongs to the user who creates it; pgextwlist creates it as the bootstrap superuser and then runs these, as that
 * superuser too: only `session_user` tells who asked.
 */
const scripts: Readonly<Record<string, string>> = {
  pg_partman: `do $$
declare
  object record;
begin
  for object in
    select d.classid, d.objid, c.relkind
    from pg_depend d
    join pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
    left join pg_class c on c.oid = d.objid and d.classid = 'pg_class'::regclass
    where e.extname = 'pg_partman' and d.deptype = 'e'
  loop
    if object.relkind in ('r', 'v') then
      execute format('alter table %s owner to %I', object.objid::regclass, session_user);
    elsif object.classid = 'pg_proc'::regclass then
      execute format('alter routine %s owner to %I', object.objid::regprocedure, session_user);
    end if;
  end loop;
end
$$;
`,
  pg_cron: `grant usage on schema cron to rds_superuser with grant option;
grant select, insert, update, delete on all tables in schema cron to rds_superuser with grant option;
grant execute on all functions in schema cron to rds_superuser with grant option;
`,
  pg_stat_statements: `do $$
declare
  reset regprocedure;
begin
  for reset in select oid::regprocedure from pg_proc where proname = 'pg_stat_statements_reset' loop
    execute format('grant execute on function %s to rds_superuser with grant option', reset);
  end loop;
end
$$;
`,
};

/** Writes the scripts where every server of this cloud looks for them (`extwlist.custom_path`) and returns that directory. */
export function installExtensionScripts(cloud: Cloud): string {
  const directory = join(cloud.root, "rds-extension-scripts");
  for (const [extension, script] of Object.entries(scripts)) {
    mkdirSync(join(directory, extension), { recursive: true, mode: 0o755 });
    writeFileSync(join(directory, extension, "after-create.sql"), script, { mode: 0o644 });
  }
  return directory;
}
