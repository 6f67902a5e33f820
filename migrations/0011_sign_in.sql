-- When somebody last gave their password in a session; null where it began with a link.
alter table session add column confirmed_at timestamptz;

-- The second factor: a secret that the person's authenticator shares (RFC 6238), and codes for when that is lost.
alter table person
    -- kept as it is, since codes are made from it; worth nothing without the password
    add column totp_secret bytea,
    -- null until the first code was right
    add column totp_since  timestamptz,
    -- the newest time step whose code was used: each is good once
    add column totp_step   bigint not null default 0;

create table recovery_code (
    person_id uuid not null references person (id),
    -- SHA-256 of 80 random bits
    code_hash bytea not null,
    used_at   timestamptz,
    primary key (person_id, code_hash)
);
