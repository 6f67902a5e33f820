-- Long work: training, evaluation, explanation checks, imports. Claimed with SKIP LOCKED by `serve` or `alluvium worker`.

create table job (
    id          uuid primary key,
    kind        text not null,
    -- What the kind asks for, e.g. the catalogue.
    params      jsonb not null,
    state       text not null default 'queued' constraint job_state_check check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    -- How often it has been begun, and how often it may be.
    attempt     integer not null default 0,
    attempts    integer not null default 3 check (attempts > 0),
    -- Not before this time: waiting between attempts.
    due_at      timestamptz not null default now(),
    -- Who runs it, and when they last said so: a job whose worker is silent is taken up by another one.
    worker      text,
    heartbeat_at timestamptz,
    cancel      boolean not null default false,
    -- From 0 to 1.
    progress    real not null default 0,
    -- What another attempt goes on from.
    checkpoint  jsonb,
    result      jsonb,
    -- A Problem, which reads in both languages.
    problem     jsonb,
    run_id      uuid references run (id),
    created_by  uuid references person (id),
    created_at  timestamptz not null default now(),
    started_at  timestamptz,
    finished_at timestamptz
);
create index job_queue on job (due_at) where state in ('queued', 'running');
create index job_created on job (created_at desc);

-- What a job said, in order: lines of its log and values of its curves. The number is what a reader who was cut off asks on from.
create table job_event (
    id     bigint generated always as identity primary key,
    job_id uuid not null references job (id),
    at     timestamptz not null default now(),
    -- log: {"text": ...}; metric: {"key", "step", "value"}; progress: {"done", "of"}; state: {"state"}
    kind   text not null constraint job_event_kind_check check (kind in ('log', 'metric', 'progress', 'state')),
    data   jsonb not null
);
create index job_event_job on job_event (job_id, id);
