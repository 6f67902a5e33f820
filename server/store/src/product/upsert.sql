insert into product as p (catalogue_id, sku, title_zh, title_en, brand, category_zh, category_en, price, currency,
                          attributes, description_zh, description_en, picture, change)
select $1::integer, n.sku, n.title_zh, n.title_en, n.brand,
       array(select jsonb_array_elements_text(n.category_zh)), array(select jsonb_array_elements_text(n.category_en)),
       n.price, n.currency, n.attributes, n.description_zh, n.description_en, n.picture, nextval('product_change_seq')
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::bigint[], $9::text[],
            $10::jsonb[], $11::text[], $12::text[], $13::text[])
     as n (sku, title_zh, title_en, brand, category_zh, category_en, price, currency,
           attributes, description_zh, description_en, picture)
on conflict (catalogue_id, sku) do update
set title_zh = excluded.title_zh, title_en = excluded.title_en, brand = excluded.brand,
    category_zh = excluded.category_zh, category_en = excluded.category_en, price = excluded.price,
    currency = excluded.currency, attributes = excluded.attributes, description_zh = excluded.description_zh,
    description_en = excluded.description_en, picture = excluded.picture, updated_at = now(), change = excluded.change
where (p.title_zh, p.title_en, p.brand, p.category_zh, p.category_en, p.price, p.currency, p.attributes,
       p.description_zh, p.description_en, p.picture)
      is distinct from
      (excluded.title_zh, excluded.title_en, excluded.brand, excluded.category_zh, excluded.category_en, excluded.price,
       excluded.currency, excluded.attributes, excluded.description_zh, excluded.description_en, excluded.picture)
-- A row that was never changed has no earlier version.
returning p.sku, p.id, (p.xmax = 0) as "added!"
