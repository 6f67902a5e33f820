-- Runs: what was tried, with which parameters, and what was measured step by step. Also read and written by the MLflow client.

-- An experiment holds runs. Its question, hypothesis and decision are an entry of kind experiment; an experiment that a program began has
-- none until somebody writes it.
create table experiment (
    -- Programs know it by this number, and by the name.
    id         integer generated always as identity primary key,
    name       text not null constraint experiment_name_key unique,
    entry_id   uuid constraint experiment_entry_key unique references entry (id),
    tags       jsonb not null default '{}',
    deleted    boolean not null default false,
    created_by uuid references person (id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- Where the MLflow client logs when it was told nothing.
insert into experiment (id, name) overriding system value values (0, 'Default');

create table run (
    id            uuid primary key,
    experiment_id integer not null references experiment (id),
    name          text not null,
    state         text not null constraint run_state_check check (state in ('scheduled', 'running', 'finished', 'failed', 'killed')),
    -- The run that this one is a part of.
    parent_id     uuid references run (id),
    -- Who, as the program says; the person is who the token belongs to.
    user_name     text not null,
    person_id     uuid references person (id),
    started_at    timestamptz not null default now(),
    ended_at      timestamptz,
    deleted       boolean not null default false
);
create index run_experiment on run (experiment_id, started_at desc, id);
create index run_parent on run (parent_id);

-- Set once: a run has one value of each parameter.
create table run_param (
    run_id uuid not null references run (id),
    key    text not null,
    value  text not null,
    primary key (run_id, key)
);

create table run_tag (
    run_id uuid not null references run (id),
    key    text not null,
    value  text not null,
    primary key (run_id, key)
);

-- Every value of every metric. A double holds NaN and the infinities, and in an index NaN equals itself. The same value sent again is the
-- same row.
create table run_metric (
    run_id uuid not null references run (id),
    key    text not null,
    step   bigint not null,
    at     timestamptz not null,
    value  double precision not null,
    primary key (run_id, key, step, at, value)
);

-- The last value of each metric, by step, then time, then value: what tables of runs show, filter and sort by.
create table run_metric_last (
    run_id uuid not null references run (id),
    key    text not null,
    step   bigint not null,
    at     timestamptz not null,
    value  double precision not null,
    primary key (run_id, key)
);
create index run_metric_last_key on run_metric_last (key, value);

-- Data sets that a run read, known by the hash of what was read.
create table run_dataset (
    run_id      uuid not null references run (id),
    name        text not null,
    digest      text not null,
    source_type text not null,
    source      text not null,
    schema      text,
    profile     text,
    -- E.g. mlflow.data.context = training.
    tags        jsonb not null default '{}',
    primary key (run_id, name, digest)
);

-- Files are kept in the data folder by their SHA-256, written and synced before their row.
create table blob (
    sha256     bytea primary key,
    size       bigint not null,
    created_at timestamptz not null default now()
);

-- Files of runs and logged models, by path: `EXPERIMENT/RUN/artifacts/...`.
create table artifact (
    -- By bytes, so that a folder is a range of paths.
    path       text collate "C" primary key,
    sha256     bytea not null references blob (sha256),
    size       bigint not null,
    updated_at timestamptz not null default now()
);

-- A model as MLflow 3 logs it: beside its run, before anybody registers it.
create table logged_model (
    -- `m-` and 32 hexadecimal digits.
    id            text primary key,
    experiment_id integer not null references experiment (id),
    name          text not null,
    run_id        uuid references run (id),
    state         text not null constraint logged_model_state_check check (state in ('pending', 'ready', 'failed')),
    model_type    text not null default '',
    params        jsonb not null default '{}',
    tags          jsonb not null default '{}',
    deleted       boolean not null default false,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);
create index logged_model_experiment on logged_model (experiment_id, created_at desc);

-- Which models a run made or read.
create table run_model (
    run_id    uuid not null references run (id),
    model_id  text not null references logged_model (id),
    direction text not null constraint run_model_direction_check check (direction in ('input', 'output')),
    step      bigint not null default 0,
    primary key (run_id, model_id, direction)
);

-- The last value of each metric that a run measured on a model, by data set; empty where the program did not name one.
create table logged_model_metric (
    model_id       text not null references logged_model (id),
    run_id         uuid not null references run (id),
    key            text not null,
    dataset_name   text not null default '',
    dataset_digest text not null default '',
    step           bigint not null,
    at             timestamptz not null,
    value          double precision not null,
    primary key (model_id, key, run_id, dataset_name, dataset_digest)
);
