-- People, how they sign in, and what they did.

create table person (
    id            uuid primary key,
    name          text not null constraint person_name_key unique,
    display_name  text not null,
    -- argon2id in PHC format; null until the person has set one (sign-in link only)
    password_hash text,
    role          text not null check (role in ('reader', 'author', 'reviewer', 'administrator')),
    disabled      boolean not null default false,
    created_at    timestamptz not null default now()
);

-- Secrets are kept as SHA-256 only: who reads the database cannot sign in with what it holds.
create table session (
    secret_hash  bytea primary key,
    person_id    uuid not null references person (id),
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null
);
create index session_person on session (person_id);

create table api_token (
    id           uuid primary key,
    person_id    uuid not null references person (id),
    name         text not null,
    prefix       text not null,
    secret_hash  bytea not null unique,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz
);
create index api_token_person on api_token (person_id);

-- One-time sign-in links: the first administrator has no password yet.
create table sign_in_link (
    secret_hash bytea primary key,
    person_id   uuid not null references person (id),
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    used_at     timestamptz
);

-- Append-only: a trigger refuses to change or remove a line.
create table audit (
    id       bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    actor_id uuid references person (id),
    action   text not null,
    subject  text not null,
    detail   jsonb not null default '{}'
);

create table setting (
    name  text primary key,
    value jsonb not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end
$$;

create trigger audit_append_only before update or delete on audit
    for each row execute function refuse_change();
