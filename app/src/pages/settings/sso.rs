//! The account at the provider of OpenID Connect: linked, or not.

use alluvium_domain::Problem;
use alluvium_services::{OidcIdentity, OidcRefusal};
use leptos::prelude::*;

use crate::components::callout::{Notice, Tone};
use crate::components::entry::Day;
use crate::components::icon::Mark;
use crate::document::{Document, Section};
use crate::i18n::account as t;
use crate::i18n::common as tc;
use crate::pages::sign_in::refusal_text;
use crate::visit::Visit;

/// The part of the page.
#[component]
pub(super) fn Sso(
    /// The linked account, if there is one.
    identity: Option<OidcIdentity>,
    /// Why it was not linked.
    refusal: Option<OidcRefusal>,
    problem: Option<Problem>,
) -> impl IntoView {
    let lang = crate::visit::lang();
    let wrong = problem.and_then(|problem| problem.for_field("oidc", lang));
    let wrong = wrong.or(refusal.map(|refusal| refusal_text(refusal).of(lang).to_owned()));
    let content = match identity {
        Some(identity) => view! {
            <p class="facts">
                <span class="fact">{t::SSO_SINCE.of(lang)} " " <Day at=identity.created_at /></span>
                {identity
                    .last_used_at
                    .map(|at| view! { <span class="fact">{t::LAST_USED.of(lang)} " " <Day at /></span> })}
            </p>
            <form method="post" action="/settings/oidc/unlink">
                <button class="button button--danger" type="submit">{t::SSO_UNLINK.of(lang)}</button>
            </form>
        }
        .into_any(),
        None => view! {
            <p class="muted">{t::SSO_LEAD.of(lang)}</p>
            <form method="post" action="/settings/oidc">
                <button class="button" type="submit">{t::SSO_LINK.of(lang)}</button>
            </form>
        }
        .into_any(),
    };
    view! {
        <section class="panel" id="sso">
            <h2>{t::SSO.of(lang)}</h2>
            {wrong.map(|wrong| view! { <Notice tone=Tone::Bad>{wrong}</Notice> })}
            {content}
        </section>
    }
}

/// The page from which somebody goes on to the provider.
pub(crate) fn onward(visit: &Visit, url: String) -> Document {
    let lang = visit.lang;
    let document = Document::new(t::SSO.of(lang), Section::Other, move || {
        view! {
            <div class="sheet">
                <div class="sheet__mark"><Mark /></div>
                <h1>{t::SSO_LINK.of(lang)}</h1>
                <p class="muted">{t::SSO_GO_LEAD.of(lang)}</p>
                <p><a class="button button--primary button--wide" href=url>{t::SSO_GO.of(lang)}</a></p>
                <p><a href="/settings#sso">{tc::CANCEL.of(lang)}</a></p>
            </div>
        }
    });
    document.private()
}
