-- Explanations of recommendations: what checks found out about those of a model, and what readers said of single ones.

-- One line for each run of the checks; the newest of a model counts.
create table explanation_check (
    catalogue_id integer not null references catalogue (id),
    model        text not null,
    at           timestamptz not null default now(),
    -- An ExplanationReport: checks with intervals, importance, partial dependence.
    report       jsonb not null,
    primary key (catalogue_id, model, at)
);

create table explanation_vote (
    id           uuid primary key,
    catalogue_id integer not null references catalogue (id),
    model        text not null,
    product_id   integer not null references product (id),
    verdict      text not null constraint explanation_vote_verdict_check check (verdict in ('right', 'wrong', 'unclear')),
    -- In a few words; may be empty.
    word         text not null,
    -- Who; null for a reader who was not signed in.
    person_id    uuid references person (id),
    at           timestamptz not null default now(),
    -- The explanation as it was shown.
    explanation  jsonb not null
);
create index explanation_vote_model on explanation_vote (catalogue_id, model, at desc);
-- How many somebody gave of late is asked before each vote.
create index explanation_vote_at on explanation_vote (at);
