-- The shop that search and recommendation are shown and measured on: catalogues of products, shoppers, and what these do.

create table catalogue (
    id         integer generated always as identity primary key,
    slug       text not null constraint catalogue_slug_key unique,
    title_zh   text not null,
    title_en   text not null,
    -- Whether products, shoppers and events are made up.
    simulated  boolean not null,
    -- Where it is from, with its licence.
    source     text not null,
    -- Names and units of attributes in both languages.
    labels     jsonb not null default '{}',
    -- Kept by whoever writes, who holds this row until the end of the transaction: writes to one catalogue follow each other,
    -- so that two senders of one event cannot both find it new.
    products   bigint not null default 0,
    shoppers   bigint not null default 0,
    events     bigint not null default 0,
    created_at timestamptz not null default now(),
    constraint catalogue_title_check check (title_zh <> '' or title_en <> '')
);

create sequence product_change_seq;

-- Outside, a product is known by its catalogue and the shop's own id. Products and shoppers have short numbers inside,
-- because events, of which there are most, hold one of each.
create table product (
    id             integer generated always as identity primary key,
    catalogue_id   integer not null references catalogue (id),
    sku            text not null,
    title_zh       text not null,
    title_en       text not null,
    brand          text not null,
    -- From the widest category to the narrowest; both arrays have one text for each level.
    category_zh    text[] not null,
    category_en    text[] not null,
    -- In minor units (fen, cents).
    price          bigint constraint product_price_sign check (price >= 0),
    currency       text constraint product_currency_form check (currency ~ '^[A-Z]{3}$'),
    attributes     jsonb not null,
    description_zh text not null,
    description_en text not null,
    picture        text,
    updated_at     timestamptz not null default now(),
    -- Rises with every change of any product: what an index has seen is one number.
    change         bigint not null,
    constraint product_sku_key unique (catalogue_id, sku),
    constraint product_title_check check (title_zh <> '' or title_en <> ''),
    constraint product_price_check check ((price is null) = (currency is null)),
    constraint product_category_check check (cardinality(category_zh) = cardinality(category_en))
);
create index product_change on product (change);

-- Whether attributes hold every value that is asked for, in either language; numbers and flags as JSON writes them.
create function product_has(attributes jsonb, names text[], wanted text[]) returns boolean language sql immutable as $$
    select not exists (
        select from unnest(names, wanted) as w (name, value)
        where not coalesce(w.value in (attributes ->> w.name, attributes -> w.name ->> 'zh', attributes -> w.name ->> 'en'), false))
$$;

create table shopper (
    id           integer generated always as identity primary key,
    catalogue_id integer not null references catalogue (id),
    -- The shop's own id: a name that it gave, never who the person is.
    name         text not null,
    attributes   jsonb not null default '{}',
    -- In a simulated shop: the true weight of every feature in this shopper's utility.
    truth        jsonb,
    constraint shopper_name_key unique (catalogue_id, name)
);

-- Events are append-only and kept by month. The sender makes the id, and the same id again is the same event; the key holds the time
-- because a partitioned table asks for it, so whoever writes looks for the id at other times first (see catalogue).
--
-- There are no foreign keys: they would cost two look-ups a row, and every writer has just read the shopper's and the product's
-- number; neither is ever removed.
create table event (
    catalogue_id integer not null,
    id           uuid not null,
    at           timestamptz not null,
    shopper_id   integer not null,
    product_id   integer not null,
    kind         text not null constraint event_kind_check check (kind in ('view', 'cart', 'purchase')),
    query        text,
    -- Place in the list that led there, from 1.
    position     integer constraint event_position_check check (position > 0),
    constraint event_pkey primary key (catalogue_id, id, at)
) partition by range (at);
create index event_shopper on event (shopper_id, at desc);
create index event_product on event (product_id);

create trigger event_append_only before update or delete on event
    for each row execute function refuse_change();
-- Rows do not fire when a table is emptied. (A partition by itself gets this trigger from event_month_add.)
create trigger event_no_truncate before truncate on event
    for each statement execute function refuse_change();

-- Makes the partition of a month (UTC) where it is missing. To be called before the transaction that writes: making a partition
-- needs the table for itself.
create function event_month_add(month date) returns void language plpgsql as $$
declare
    first date := date_trunc('month', month);
    name  text := 'event_' || to_char(first, 'YYYY_MM');
begin
    if exists (select from pg_class where relname = name and relnamespace = 'public'::regnamespace) then
        return;
    end if;
    -- Two writers may miss the same month: the second one waits and looks again. (The table itself is asked, because to_regclass
    -- remembers that something was not there.)
    perform pg_advisory_xact_lock(hashtext('event_month_add'));
    if exists (select from pg_class where relname = name and relnamespace = 'public'::regnamespace) then
        return;
    end if;
    execute format(
        'create table public.%I partition of public.event for values from (%L) to (%L)',
        name, first::timestamp at time zone 'UTC', (first + interval '1 month')::timestamp at time zone 'UTC');
    execute format(
        'create trigger event_no_truncate before truncate on public.%I for each statement execute function public.refuse_change()',
        name);
end
$$;

-- One line for each file that is being imported or has been: where to go on after an interruption, and what became of it. The line moves
-- in the transactions that write the rows, so that it is never ahead of them nor behind.
create table import (
    id           uuid primary key,
    catalogue_id integer not null references catalogue (id),
    format       text not null,
    file         text not null,
    -- SHA-256 of the file: one that has changed is another.
    content_hash bytea not null,
    -- Lines that are done.
    lines        bigint not null default 0,
    products     bigint not null default 0,
    shoppers     bigint not null default 0,
    events       bigint not null default 0,
    wrong        bigint not null default 0,
    started_at   timestamptz not null default now(),
    finished_at  timestamptz,
    constraint import_file_key unique (catalogue_id, format, file, content_hash)
);

-- Lines that were not taken, the first thousand of a file.
create table import_error (
    import_id uuid not null references import (id),
    line      bigint not null,
    -- A Problem, which reads in both languages.
    problem   jsonb not null,
    primary key (import_id, line)
);
