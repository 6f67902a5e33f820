-- An experiment takes its figures from data sets.
alter table link drop constraint link_relation_check;
alter table link add constraint link_relation_check
    check (relation in ('mentions', 'supersedes', 'translation-of', 'evaluates', 'trained-on', 'measured-on'));
