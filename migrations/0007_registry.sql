-- The registry: models, their versions, who approved them, and which one serves.

-- A model's card is an entry of kind model; a model that a program registered has none until somebody writes it.
create table model (
    id          integer generated always as identity primary key,
    -- As programs say it: a name, or `namespace/name` as on a model hub.
    name        text not null constraint model_name_key unique,
    entry_id    uuid constraint model_entry_key unique references entry (id),
    description text not null default '',
    tags        jsonb not null default '{}',
    -- The place that its champion serves: `encoder`, `recommend:CATALOGUE`, `product-search:CATALOGUE`. Null: none of ours.
    serves      text constraint model_serves_key unique,
    -- The number that was given last: numbers are never given twice, whatever is deleted.
    last_version integer not null default 0,
    created_by  uuid references person (id),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);

create table model_version (
    id          uuid primary key,
    model_id    integer not null references model (id),
    number      integer not null check (number > 0),
    -- Where its weights are from: the run, and the path that the program named.
    run_id      uuid references run (id),
    source      text not null default '',
    -- The version that it was trained on from.
    parent_id   uuid references model_version (id),
    description text not null default '',
    tags        jsonb not null default '{}',
    -- As old MLflow clients move it; it has no say in what serves.
    stage       text not null default 'None' constraint model_version_stage_check check (stage in ('None', 'Staging', 'Production', 'Archived')),
    approval    text not null default 'draft' constraint model_version_approval_check check (approval in ('draft', 'requested', 'approved', 'rejected', 'withdrawn')),
    author_id   uuid references person (id),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    constraint model_version_number_key unique (model_id, number)
);

-- The files of a version never change: other files are another version.
create table model_file (
    version_id uuid not null references model_version (id),
    path       text not null,
    sha256     bytea not null references blob (sha256),
    size       bigint not null,
    primary key (version_id, path)
);

create table model_alias (
    model_id   integer not null references model (id),
    name       text not null,
    version_id uuid not null references model_version (id),
    person_id  uuid references person (id),
    updated_at timestamptz not null default now(),
    primary key (model_id, name)
);

-- What was asked, checked and decided about a version, and when it began to serve. Append-only.
create table model_decision (
    id         bigint generated always as identity primary key,
    version_id uuid not null references model_version (id),
    act        text not null constraint model_decision_act_check check (act in ('request', 'check', 'approve', 'reject', 'withdraw', 'activate', 'roll-back')),
    -- Null: the program itself.
    person_id  uuid references person (id),
    reason     text not null default '',
    -- Of a check: what was tried, with figures, and whether it passed.
    report     jsonb,
    at         timestamptz not null default now()
);
create index model_decision_version on model_decision (version_id, id);
create trigger model_decision_append_only before update or delete on model_decision
    for each row execute function refuse_change();

-- The last wall: what serves has been approved, whoever moves the alias and by whatever route.
create function refuse_unapproved() returns trigger language plpgsql as $$
begin
    if new.name = 'champion'
        and exists (select from model where id = new.model_id and serves is not null)
        and not exists (select from model_version where id = new.version_id and approval = 'approved')
    then
        raise exception 'version is not approved' using errcode = 'check_violation', constraint = 'model_alias_approved';
    end if;
    return new;
end
$$;
create trigger model_alias_approved before insert or update on model_alias
    for each row execute function refuse_unapproved();

-- The same wall from the other sides: what serves stays approved until the alias has gone, and a place is not given to a model whose champion is
-- no approved version.
create function refuse_unapproved_champion() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'model_version' then
        if new.approval <> 'approved' and old.approval = 'approved' and exists (
            select from model_alias a join model m on m.id = a.model_id
            where a.version_id = new.id and a.name = 'champion' and m.serves is not null)
        then
            raise exception 'version serves' using errcode = 'check_violation', constraint = 'model_version_serves';
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
create trigger model_version_serves before update of approval on model_version
    for each row execute function refuse_unapproved_champion();
create trigger model_champion_approved before update of serves on model
    for each row execute function refuse_unapproved_champion();

-- Files of a version are what they were when it was made.
create trigger model_file_immutable before update on model_file
    for each row execute function refuse_change();
