-- The role that serves owns no table, so that it cannot make the partition of a month itself: the function does it with its owner's rights. The names in
-- it are whole, and the path is fixed, so that nobody puts a table of their own in the place of ours.
alter function event_month_add(date) security definer set search_path = pg_catalog, public, pg_temp;
