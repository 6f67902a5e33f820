//! Names of form fields in lists of errors and of changed details.

use alluvium_domain::Lang;

use super::{Text, account, common, entry, format, jobs, registry, research, search, shop};
use crate::entry_form::figures::Column;

/// What a field is called beside its control.
pub(crate) fn name(field: &str, lang: Lang) -> String {
    if let Some((at, column)) = Column::parse(field) {
        let (row, column) = (format::figure_row(at + 1, lang), research::column(column).of(lang));
        return format!("{row}{}{column}", lang.pick("，", ", "));
    }
    let text: Text = match field {
        "title" => entry::TITLE,
        "slug" => entry::SLUG,
        "summary" => entry::SUMMARY,
        "tags" => common::TAGS,
        "authors" => entry::AUTHORS,
        "translation_of" => entry::TRANSLATION_OF,
        "body" => entry::BODY,
        "note" => entry::NOTE,
        "lang" => search::LANG,
        "zh" => entry::ZH_NAME,
        "en" => entry::EN_NAME,
        "aliases" => entry::ALIASES,
        "questions" => entry::QUESTIONS,
        "definition_zh" => entry::DEFINITION_ZH,
        "definition_en" => entry::DEFINITION_EN,
        "question" => research::QUESTION,
        "hypothesis" => research::HYPOTHESIS,
        "change_mind" => research::CHANGE_MIND,
        "decision_metric" => research::DECISION_METRIC,
        "guardrails" => research::GUARDRAILS,
        "datasets" => research::USES_DATASETS,
        "design" => research::DESIGN,
        "owner" => research::OWNER,
        "state" => research::STATE,
        "decision" => research::DECISION,
        "reason" => common::REASON,
        "runs" => research::DECISION_RUNS,
        "evaluates" => research::EVALUATES,
        "command" => research::COMMAND,
        "card" => research::CARD,
        "licence" => research::LICENCE,
        "source" => research::SOURCE,
        "size" => research::SIZE,
        "hash" => research::HASH,
        "schema" => research::SCHEMA,
        "a_of" => research::A_OF,
        "a_did" => research::A_DID,
        "b_of" => research::B_OF,
        "b_did" => research::B_DID,
        "a_values" => research::A_VALUES,
        "b_values" => research::B_VALUES,
        "split" => research::SPLIT,
        "name" => account::NAME,
        "display_name" => account::DISPLAY_NAME,
        "password" => account::PASSWORD,
        "current" => account::CURRENT_PASSWORD,
        "new" => account::NEW_PASSWORD,
        "days" => account::TOKEN_DAYS,
        "role" => account::ROLE,
        "catalogue" => jobs::CATALOGUE,
        "folder" => jobs::FOLDER,
        "lora" => jobs::LORA,
        "epochs" => jobs::EPOCHS,
        "folds" => jobs::FOLDS,
        "repeats" => jobs::REPEATS,
        "file" => jobs::FILE,
        "recommendations" => jobs::RECOMMENDATIONS,
        "format" => jobs::FORMAT,
        "currency" => jobs::CURRENCY,
        "filter" => common::FILTER,
        "a" => common::VERSION,
        "b" => registry::BESIDE_B,
        "shopper" => registry::BESIDE_SHOPPER,
        "q" => shop::QUERY,
        _ => return field.to_owned(),
    };
    text.of(lang).to_owned()
}
