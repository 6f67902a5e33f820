-- An import counts the rows that said what the catalogue had already.
alter table import add column repeated bigint not null default 0;

-- Numbers that are none (`nan` of a file) were once kept as null, which nothing can read: what is not known is not there.
update shopper set attributes = jsonb_strip_nulls(attributes) where attributes::text like '%null%';
update product set attributes = jsonb_strip_nulls(attributes) where attributes::text like '%null%';
