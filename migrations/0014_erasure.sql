-- One vote of each person or visitor on a model's reason for a product; and what an erasure needs.

-- Whose browser it was, of somebody who was not signed in.
alter table explanation_vote add column visitor_hash bytea;
delete from explanation_vote v using explanation_vote w
where v.person_id = w.person_id and v.catalogue_id = w.catalogue_id and v.model = w.model and v.product_id = w.product_id and v.id < w.id;
create unique index explanation_vote_person on explanation_vote (catalogue_id, model, product_id, person_id) where person_id is not null;
create unique index explanation_vote_visitor on explanation_vote (catalogue_id, model, product_id, visitor_hash) where visitor_hash is not null;

-- When a person was erased: the line stays, because what they wrote refers to it, and says nothing of them any more.
alter table person add column erased_at timestamptz;

-- Takes from a person everything that says who they are and lets them in. What they wrote stays and refers to a line without a name. Tables and columns
-- that a later migration may add are looked for by name.
create function erase_person(who uuid, new_name text) returns void language plpgsql as $$
declare
    part     text;
    old_name text := (select name from person where id = who);
begin
    foreach part in array array['session', 'sign_in_link', 'recovery_code', 'identity'] loop
        if to_regclass('public.' || part) is not null then
            execute format('delete from public.%I where person_id = $1', part) using who;
        end if;
    end loop;
    foreach part in array array['totp_secret', 'totp_since'] loop
        if exists (select from pg_attribute where attrelid = 'public.person'::regclass and attname = part and not attisdropped) then
            execute format('update public.person set %I = null where id = $1', part) using who;
        end if;
    end loop;
    delete from explanation_vote where person_id = who;
    update run_tag t set value = new_name from run r
    where r.id = t.run_id and r.person_id = who and t.key = 'mlflow.user' and t.value = old_name;
    update run set user_name = new_name where person_id = who and user_name = old_name;
    update event_sender set person_id = null, token_id = null where person_id = who;
    delete from api_token where person_id = who;
    update person set name = new_name, display_name = new_name, password_hash = null, role = 'reader', disabled = true, erased_at = now()
    where id = who;
end
$$;
