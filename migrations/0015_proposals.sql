-- Proposals: revisions of published entries by people who may not publish. The published revision stays until a reviewer takes one.

create table proposal (
    id         uuid primary key,
    entry_id   uuid not null references entry (id),
    -- Number of the revision that the text began from; what came since is merged when it is taken.
    base       integer not null check (base > 0),
    -- The whole input as the person wrote it (EntryInput without the body), as in a revision.
    input      jsonb not null,
    body       text not null,
    note       text not null,
    author_id  uuid not null references person (id),
    created_at timestamptz not null default now(),
    state      text not null default 'waiting'
               check (state in ('waiting', 'accepted', 'declined', 'replaced', 'withdrawn')),
    decided_by uuid references person (id),
    decided_at timestamptz,
    reason     text not null default '',
    -- Number of the revision that it became.
    revision   integer,
    check ((state = 'waiting') = (decided_at is null)),
    check ((state = 'accepted') = (revision is not null)),
    check (state <> 'declined' or reason <> '')
);
-- One person has one proposal for an entry: the next one takes its place.
create unique index proposal_waiting on proposal (entry_id, author_id) where state = 'waiting';
create index proposal_author on proposal (author_id, created_at desc);
create index proposal_state on proposal (state, created_at desc);

-- What was proposed stays as it was, and so does a decision.
create function proposal_keep() returns trigger language plpgsql as $$
begin
    if old.state <> 'waiting'
        or (new.id, new.entry_id, new.base, new.input, new.body, new.note, new.author_id, new.created_at)
           is distinct from
           (old.id, old.entry_id, old.base, old.input, old.body, old.note, old.author_id, old.created_at) then
        raise exception 'a proposal does not change once it is decided, and its text never does';
    end if;
    return new;
end $$;
create trigger proposal_kept before update on proposal for each row execute function proposal_keep();
create trigger proposal_not_deleted before delete on proposal for each row execute function refuse_change();
