-- Each line of the audit log holds the SHA-256 of the line before it with its own content: what was changed, removed or put in between shows.

alter table audit add column previous bytea, add column hash bytea;

-- What a line says, as text that says only this: an array of JSON with the time in microseconds.
create function audit_content(line audit) returns text language sql stable as $$
    select jsonb_build_array(line.id, to_char(line.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), line.actor_id, line.action,
        line.subject, line.detail)::text
$$;

-- One line at a time: the lock is held until the transaction ends, and the number is given under it, so that new numbers leave no gap and the order of
-- numbers is the order of the chain.
create function chain_audit() returns trigger language plpgsql as $$
declare
    last record;
begin
    perform pg_advisory_xact_lock(4707220261126);
    select id, hash into last from audit order by id desc limit 1;
    new.id := coalesce(last.id, 0) + 1;
    new.previous := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    new.hash := sha256(new.previous || convert_to(audit_content(new), 'UTF8'));
    return new;
end
$$;

-- The lines that are there, in their order.
alter table audit disable trigger audit_append_only;
do $$
declare
    line audit;
    last bytea := decode(repeat('00', 32), 'hex');
begin
    for line in select * from audit order by id loop
        line.previous := last;
        last := sha256(last || convert_to(audit_content(line), 'UTF8'));
        update audit set previous = line.previous, hash = last where id = line.id;
    end loop;
end
$$;
alter table audit enable trigger audit_append_only;
alter table audit alter column previous set not null, alter column hash set not null;

create trigger audit_chain before insert on audit
    for each row execute function chain_audit();
create trigger audit_not_emptied before truncate on audit
    for each statement execute function refuse_change();
