-- Aliases and stages point to approved versions only, in every model, and no two aliases of a model differ only in how they are spelled.

alter table model_decision drop constraint model_decision_act_check;
alter table model_decision add constraint model_decision_act_check check (act in ('request', 'check', 'approve', 'reject', 'withdraw',
    'activate', 'roll-back', 'alias', 'unalias', 'stage'));

-- What was set before this rule. The aliases of versions that are not approved go away, as do those that are spelled like `champion` or like an alias that
-- was moved later; stages go back to none. The decisions say so.
with gone as (
    delete from model_alias a using model_version v
    where v.id = a.version_id and (v.approval <> 'approved'
        or (a.name <> 'champion' and lower(normalize(a.name, nfkc)) = 'champion')
        or (a.name <> 'champion' and exists (select from model_alias b where b.model_id = a.model_id and b.name <> a.name
            and lower(normalize(b.name, nfkc)) = lower(normalize(a.name, nfkc)) and (b.updated_at, b.name) > (a.updated_at, a.name))))
    returning a.model_id, a.name, a.version_id)
insert into model_decision (version_id, act, reason)
    select version_id, 'unalias', name || ' (aliases name approved versions only, each in one spelling)' from gone order by model_id, name;
insert into model_decision (version_id, act, reason)
    select id, 'stage', 'None (stages are of approved versions only)' from model_version
    where approval <> 'approved' and stage in ('Staging', 'Production') order by id;
update model_version set stage = 'None' where approval <> 'approved' and stage in ('Staging', 'Production');

create unique index model_alias_spelling on model_alias (model_id, lower(normalize(name, nfkc)));
alter table model_alias add constraint model_alias_champion check (name = 'champion' or lower(normalize(name, nfkc)) <> 'champion');

-- The walls. The version is held while an alias comes to it, so that it cannot be withdrawn at the same moment.
create or replace function refuse_unapproved() returns trigger language plpgsql as $$
begin
    perform from model_version where id = new.version_id and model_id = new.model_id and approval = 'approved' for share;
    if not found then
        raise exception 'version is not approved' using errcode = 'check_violation', constraint = 'model_alias_approved';
    end if;
    return new;
end
$$;

create or replace function refuse_unapproved_champion() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'model_version' then
        if new.approval <> 'approved' and exists (select from model_alias where version_id = new.id) then
            raise exception 'an alias names the version' using errcode = 'check_violation', constraint = 'model_version_serves';
        end if;
        if new.approval <> 'approved' and new.stage in ('Staging', 'Production') then
            raise exception 'version is not approved' using errcode = 'check_violation', constraint = 'model_stage_approved';
        end if;
    elsif new.serves is not null and exists (
        select from model_alias a join model_version v on v.id = a.version_id
        where a.model_id = new.id and a.name = 'champion' and v.approval <> 'approved')
    then
        raise exception 'champion is not approved' using errcode = 'check_violation', constraint = 'model_champion_approved';
    end if;
    return new;
end
$$;
drop trigger model_version_serves on model_version;
create trigger model_version_serves before insert or update of approval, stage on model_version
    for each row execute function refuse_unapproved_champion();

-- Which versions and artifacts a kept file is in.
create index model_file_sha256 on model_file (sha256);
create index artifact_sha256 on artifact (sha256);
