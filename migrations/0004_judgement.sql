-- How well products answer queries, as people grade them.

-- Append-only, and the last word on a product for a query counts: who changed their mind, or another's, can be seen.
create table judgement (
    id           bigint generated always as identity primary key,
    catalogue_id integer not null references catalogue (id),
    -- Lower case, single spaces.
    query        text not null constraint judgement_query_check check (query <> ''),
    product_id   integer not null references product (id),
    -- 0: no answer at all; 3: just what was asked for.
    grade        smallint not null constraint judgement_grade_check check (grade between 0 and 3),
    -- Null: out of a file.
    person_id    uuid references person (id),
    at           timestamptz not null default now()
);
create index judgement_last on judgement (catalogue_id, query, product_id, id desc);

create trigger judgement_append_only before update or delete on judgement
    for each row execute function refuse_change();
create trigger judgement_no_truncate before truncate on judgement
    for each statement execute function refuse_change();

-- What an index of one catalogue asks before each search: whether there is something new.
create index product_catalogue_change on product (catalogue_id, change);
