do $$
declare
    statement text;
begin
    if not exists (select from pg_roles where rolname = '{owner}') then
        create role {owner} login;
    end if;
    if not exists (select from pg_roles where rolname = '{serving}') then
        create role {serving} login;
    end if;
    alter database {database} owner to {owner};
    for statement in
        select format('alter table %s owner to {owner}', c.oid::regclass)
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relowner = (current_user::regrole)::oid
          -- The sequence of a column goes with its table.
          and (c.relkind in ('r', 'p') or c.relkind = 'S' and not exists (
            select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')))
        union all
        select format('alter function %s owner to {owner}', p.oid::regprocedure)
        from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proowner = (current_user::regrole)::oid
    loop
        execute statement;
    end loop;
end
$$;
