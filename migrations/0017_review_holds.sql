-- Review holds: which versions a training of this server made, and names that point to approved versions only.

-- Made by a training of this server, not sent by anybody: no API sets it. What a job gives is looked for among these, and so is what comparisons use.
alter table model_version add column trained boolean not null default false;
update model_version v set trained = true
    from model m
    where m.id = v.model_id and v.source = m.serves
        and exists (select from model_decision d where d.version_id = v.id and d.act = 'request' and d.person_id is null)
        and (v.run_id is null or exists (select from job j where j.run_id = v.run_id));
create function refuse_trained() returns trigger language plpgsql as $$
begin
    if new.trained <> old.trained then
        raise exception 'how a version came never changes' using errcode = 'check_violation', constraint = 'model_version_trained';
    end if;
    return new;
end
$$;
create trigger model_version_trained before update of trained on model_version
    for each row execute function refuse_trained();
