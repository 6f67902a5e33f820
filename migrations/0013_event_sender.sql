-- Who sent which event, whether it counts, and what models learned from it.

-- What a token may do beyond what its person may: `events` is to send events of any shopper.
alter table api_token add column scopes text[] not null default '{}';

-- Whoever sends events. Events of a sender that is not trusted wait until an administrator takes them in.
create table event_sender (
    id           integer generated always as identity primary key,
    kind         text not null constraint event_sender_kind_check
                 check (kind in ('simulation', 'import', 'earlier', 'token', 'person', 'visitor')),
    -- Of a token, and of a person who clicks; null for a person or token that has been erased.
    token_id     uuid constraint event_sender_token_key unique references api_token (id) on delete set null,
    person_id    uuid references person (id) on delete set null,
    -- SHA-256 of what the browser of somebody who is not signed in keeps.
    visitor_hash bytea constraint event_sender_visitor_key unique,
    trusted      boolean not null default false,
    created_at   timestamptz not null default now()
);
create unique index event_sender_person on event_sender (person_id) where kind = 'person';

-- The program itself, files, and what was there before senders were kept: events of people, tokens and files that counted, and what strangers clicked
-- in simulated catalogues.
insert into event_sender (id, kind, trusted) overriding system value values
    (1, 'simulation', true), (2, 'import', true), (3, 'earlier', true), (4, 'earlier', false);
select setval(pg_get_serial_sequence('event_sender', 'id'), 100);

alter table event
    add column sender_id   integer not null default 3,
    -- When it came (UTC), whatever time it says.
    add column received_on date not null default (now() at time zone 'UTC')::date,
    -- 0: counts. 1: waits, and counts for nothing. 2: void.
    add column state       smallint not null default 0 constraint event_state_check check (state between 0 and 2);
alter table event alter column sender_id drop default;
create index event_waiting on event (sender_id, catalogue_id) where state <> 0;

-- A shopper who is a person or visitor of this installation, under a name that says nothing: only they themselves see it. Shoppers who were made by
-- events that wait are not counted yet.
alter table shopper add column own boolean not null default false, add column counted boolean not null default true;

-- Rises with every change of what counts: what a copy in memory asks.
alter table catalogue add column event_changes bigint not null default 0;

-- Append-only, but for the state, and for the events of a shopper who is being erased: the transaction that does this says whose.
create function refuse_event_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        if row (new.catalogue_id, new.id, new.at, new.shopper_id, new.product_id, new.kind, new.query, new.position, new.sender_id, new.received_on)
            is not distinct from
            row (old.catalogue_id, old.id, old.at, old.shopper_id, old.product_id, old.kind, old.query, old.position, old.sender_id, old.received_on)
        then
            return new;
        end if;
    elsif old.shopper_id::text = current_setting('alluvium.erased_shopper', true) then
        return old;
    end if;
    raise exception '% is append-only', tg_table_name;
end
$$;
drop trigger event_append_only on event;

-- What strangers wrote into simulated catalogues: of shoppers whom the generator did not make.
update event set sender_id = 4, state = 1
from shopper s join catalogue c on c.id = s.catalogue_id
where s.id = event.shopper_id and c.simulated and s.truth is null;

create trigger event_append_only before update or delete on event
    for each row execute function refuse_event_change();

-- People stood under their sign-in names. (The names themselves are replaced at the next start, which has the key.)
update shopper set own = true, counted = false where exists (select from person p where shopper.name = 'person-' || p.name);
-- Shoppers whom strangers made up are not the shop's.
update shopper s set counted = false from catalogue c where c.id = s.catalogue_id and c.simulated and s.truth is null;
update catalogue c set
    events = events - (select count(*) from event e where e.catalogue_id = c.id and e.state <> 0),
    shoppers = shoppers - (select count(*) from shopper s where s.catalogue_id = c.id and not s.counted);

-- How many events of a sender came on a day, by state: for quotas, for whoever decides, and to know what models learned from.
create table event_day (
    catalogue_id integer not null references catalogue (id),
    sender_id    integer not null references event_sender (id),
    day          date not null,
    counting     bigint not null default 0,
    waiting      bigint not null default 0,
    void         bigint not null default 0,
    erased       bigint not null default 0,
    primary key (catalogue_id, sender_id, day)
);
create index event_day_day on event_day (day, sender_id);
insert into event_day (catalogue_id, sender_id, day, counting, waiting)
select catalogue_id, sender_id, received_on, count(*) filter (where state = 0), count(*) filter (where state = 1) from event group by 1, 2, 3;

-- What a version learned from. Those that were made before this table was have no rows.
create table version_event (
    version_id   uuid not null references model_version (id) on delete cascade,
    catalogue_id integer not null,
    sender_id    integer not null,
    day          date not null,
    events       bigint not null,
    primary key (version_id, catalogue_id, sender_id, day)
);

-- The key of the names that people have as shoppers, and of visitors' cookies: 244 random bits.
insert into setting (name, value) values
    ('pseudonym-key', to_jsonb(encode(sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'hex')));
