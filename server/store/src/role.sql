-- What the role that serves may do: read and write rows, and nothing to the tables themselves. It cannot change or remove a line of the audit log, nor
-- switch off the trigger that says so too.
do $$
declare
    role text := current_setting('alluvium.role');
begin
    execute format('grant usage on schema public to %I', role);
    execute format('grant select, insert, update, delete on all tables in schema public to %I', role);
    execute format('grant usage, select on all sequences in schema public to %I', role);
    execute format('grant execute on all functions in schema public to %I', role);
    execute format('revoke update, delete on audit from %I', role);
    execute format('revoke insert, update, delete on _sqlx_migrations from %I', role);
end
$$;
