-- Who somebody is to a provider of OpenID Connect. People are found by this pair and by nothing else: names and e-mail addresses change hands.
create table identity (
    issuer       text not null,
    subject      text not null,
    person_id    uuid not null references person (id),
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    primary key (issuer, subject),
    unique (person_id, issuer)
);

-- Ways to the provider that were come back from: each is good once, on every server.
create table oidc_state (
    -- SHA-256
    state_hash bytea primary key,
    -- afterwards the state is refused for its age alone
    expires_at timestamptz not null
);

-- Whether a session began at the provider, which asks for a second factor itself.
alter table session add column by_provider boolean not null default false;
