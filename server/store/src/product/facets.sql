with hits as materialized (
    select id, brand, category_zh, category_en, price
    from product
    where catalogue_id = $1
      and ($2::text is null or $2 = any(category_zh) or $2 = any(category_en))
      and ($3::text is null or brand = $3)
      and ($4::bigint is null or price >= $4)
      and ($5::bigint is null or price <= $5)
      and (cardinality($6::text[]) = 0 or product_has(attributes, $6, $7))
),
categories as (
    select c.zh, c.en, count(*) as count
    from hits, unnest(category_zh, category_en) as c (zh, en)
    group by c.zh, c.en order by count(*) desc, c.en, c.zh limit 50
),
brands as (
    select brand, count(*) as count from hits where brand <> '' group by brand order by count(*) desc, brand limit 50
),
-- Attributes of a long list of everything are no help and take long: $8 is the most products they are counted over. Numbers are no
-- facet: nearly every product has another. Long texts neither.
pairs as (
    select a.key as name, a.value, count(*) as count
    from hits h join product p on p.id = h.id, jsonb_each(p.attributes) as a
    where (select count(*) from hits) <= $8
      and (jsonb_typeof(a.value) in ('boolean', 'object')
           or (jsonb_typeof(a.value) = 'string' and length(a.value #>> '{}') <= 60))
    group by a.key, a.value
),
placed as (
    select name, value, count, row_number() over (partition by name order by count desc, value) as place from pairs
),
-- An attribute is a facet where its most frequent values stand for at least half of what has it: names of models and dates do not.
names as (
    select name, sum(count) as total from placed group by name
    having count(*) > 1 and 2 * sum(count) filter (where place <= 12) >= sum(count)
    order by sum(count) desc, name limit 12
),
ranked as (
    select p.name, p.value, p.count, n.total, p.place from placed p join names n on n.name = p.name
)
select 'total' as "facet!", '' as "name!", '' as "zh!", '' as "en!", count(*) as "count!", 0::bigint as "min!", 0::bigint as "median!", 0::bigint as "max!", 0::bigint as "place!" from hits
union all
select 'price', '', '', '', count(price), min(price), percentile_disc(0.5) within group (order by price), max(price), 0 from hits having count(price) > 0
union all
select 'category', '', zh, en, count, 0, 0, 0, row_number() over (order by count desc, en, zh) from categories
union all
select 'brand', '', brand, brand, count, 0, 0, 0, row_number() over (order by count desc, brand) from brands
union all
select 'attribute', name, coalesce(value ->> 'zh', value #>> '{}'), coalesce(value ->> 'en', value #>> '{}'), count, 0, 0, 0,
       row_number() over (order by total desc, name, place)
from ranked where place <= 12
order by "place!"
