//! A data set: terms of use, source, size, hash, columns.

use alluvium_domain::entry::Dataset;
use leptos::prelude::*;

use crate::i18n::research as t;

#[component]
pub(crate) fn DatasetFacts(dataset: Dataset) -> impl IntoView {
    let lang = crate::visit::lang();
    let Dataset { licence, source, size, hash, schema } = dataset;
    view! {
        <section class="record" aria-label=t::USES_DATASETS.of(lang)>
            <dl class="record__facts">
                <dt>{t::LICENCE.of(lang)}</dt>
                <dd>{licence}</dd>
                <dt>{t::SIZE.of(lang)}</dt>
                <dd>{size}</dd>
                {(!source.is_empty())
                    .then(|| {
                        view! {
                            <dt>{t::SOURCE.of(lang)}</dt>
                            <dd><a href=source.clone() rel="noopener noreferrer">{source.clone()}</a></dd>
                        }
                    })}
                {(!hash.is_empty())
                    .then(|| {
                        view! {
                            <dt>{t::HASH.of(lang)}</dt>
                            <dd><code class="record__hash">{hash}</code></dd>
                        }
                    })}
            </dl>
            <h2 class="record__title">{t::SCHEMA.of(lang)}</h2>
            <pre class="record__code" tabindex="0"><code>{schema}</code></pre>
        </section>
    }
}
