//! Names of form fields in lists of errors and of changed details.

use alluvium_domain::Lang;

use super::{Text, account, entry, jobs, search};

/// What a field is called beside its control.
pub(crate) fn name(field: &str, lang: Lang) -> String {
    let text: Text = match field {
        "title" => entry::TITLE,
        "slug" => entry::SLUG,
        "summary" => entry::SUMMARY,
        "tags" => entry::TAGS,
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
        "source" => jobs::SOURCE,
        "currency" => jobs::CURRENCY,
        _ => return field.to_owned(),
    };
    text.of(lang).to_owned()
}
