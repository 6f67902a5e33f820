-- Entries: articles, experiments, models, datasets and terms in one table, with one revision log.

create table entry (
    id          uuid primary key,
    kind        text not null check (kind in ('article', 'experiment', 'model', 'dataset', 'term')),
    -- Stable and never reused: entries are archived, not deleted.
    slug        text not null,
    state       text not null check (state in ('draft', 'in-review', 'published', 'archived')),
    -- Copies of the latest revision, for lists.
    lang        text not null check (lang in ('zh', 'en')),
    title       text not null,
    summary     text not null,
    tags        text[] not null,
    authors     text[] not null,
    revision_id uuid not null,
    created_by  uuid references person (id),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    -- Rises with every change of any entry: what an index has seen is one number.
    change      bigint not null,
    constraint entry_slug_key unique (kind, slug)
);
create index entry_updated on entry (updated_at desc);
create index entry_change on entry (change);
create index entry_tags on entry using gin (tags);

create sequence entry_change_seq;

create table revision (
    id         uuid primary key,
    entry_id   uuid not null references entry (id) deferrable initially deferred,
    number     integer not null check (number > 0),
    -- The whole input as the person wrote it (EntryInput without the body).
    input      jsonb not null,
    body       text not null,
    note       text not null,
    author_id  uuid references person (id),
    created_at timestamptz not null default now(),
    constraint revision_number_key unique (entry_id, number)
);
alter table entry add constraint entry_revision_fk foreign key (revision_id) references revision (id)
    deferrable initially deferred;

create trigger revision_append_only before update or delete on revision
    for each row execute function refuse_change();

-- Links name their target by kind and slug, so that a text may refer to what is not written yet.
create table link (
    from_entry uuid not null references entry (id),
    relation   text not null check (relation in ('mentions', 'supersedes', 'translation-of', 'evaluates', 'trained-on')),
    to_kind    text not null,
    to_slug    text not null,
    primary key (from_entry, relation, to_kind, to_slug)
);
create index link_target on link (to_kind, to_slug);

-- Every name of every term, folded for comparison, so that no two terms share one.
create table term_name (
    folded   text primary key,
    entry_id uuid not null references entry (id)
);
create index term_name_entry on term_name (entry_id);

-- The passages of an entry's latest revision with their vectors, tied to the encoder that made them.
create table passage (
    entry_id    uuid not null references entry (id),
    ordinal     integer not null,
    revision_id uuid not null references revision (id),
    -- Anchor of the section it is from.
    anchor      text,
    text        text not null,
    -- What the encoder read: the text, with Chinese terms as English names where it reads no Chinese.
    encoded     text not null,
    -- Fingerprint of the encoder; null without one.
    encoder     text,
    -- f32, little-endian, L2-normalised; null without an encoder.
    vector      bytea,
    primary key (entry_id, ordinal)
);
