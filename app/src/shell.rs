//! The frame around every page.

use alluvium_domain::{Action, Lang, Role};
use leptos::prelude::*;

use crate::components::icon::{Icon, Mark};
use crate::document::{Document, Section};
use crate::i18n::common as t;
use crate::i18n::research as tr;
use crate::i18n::shop as tshop;
use crate::islands::search_box::SearchBox;
use crate::visit::{Theme, Visit};

/// The whole HTML document.
#[component]
pub(crate) fn Shell(document: Document) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let Document { title, description, section, scripts, private, body, .. } = document;
    let title = match section {
        Section::Home => format!("{} · {}", t::PRODUCT.of(lang), t::TAGLINE.of(lang)),
        _ => format!("{title} · {}", t::PRODUCT.of(lang)),
    };
    let description = if description.is_empty() { t::DESCRIPTION.of(lang).to_owned() } else { description };
    let asset = |path: &str| visit.options.url(path);
    let scripts: Vec<_> =
        scripts.iter().map(|script| view! { <script type="module" src=asset(script.path())></script> }).collect();
    view! {
        <!DOCTYPE html>
        <html lang=lang.tag() data-theme=visit.theme.code()>
            <head>
                <meta charset="utf-8" />
                <Title text=title />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="description" content=description />
                <meta name="color-scheme" content="light dark" />
                {private.then(|| view! { <meta name="robots" content="noindex" /> })}
                <link rel="stylesheet" href=asset("/pkg/alluvium.css") />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <script type="module" src=asset("/js/page.js")></script>
                <script type="module" src=asset("/js/islands.js")></script>
                {scripts}
            </head>
            <body>
                <a class="skip" href="#main">{t::SKIP.of(lang)}</a>
                <Header section />
                <main id="main" tabindex="-1">{body()}</main>
                <Footer />
                <dialog class="palette" id="palette" aria-label=t::SEARCH.of(lang)>
                    <SearchBox lang id="palette-q".to_owned() />
                </dialog>
            </body>
        </html>
    }
}

#[component]
fn Header(section: Section) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let writes = visit.actor.may(Action::Write).is_ok();
    view! {
        <header class="site-header">
            <div class="site-header__in">
                <a class="brand" href="/" aria-label=t::PRODUCT.of(lang)>
                    <Mark />
                    <span class="brand__name">{t::PRODUCT.of(lang)}</span>
                </a>
                <nav class="site-nav" aria-label=t::MAIN_NAV.of(lang)>
                    <NavLink href="/articles" label=t::ARTICLES.of(lang) here=section == Section::Articles />
                    <NavLink href="/experiments" label=tr::EXPERIMENTS.of(lang) here=section == Section::Experiments />
                    <NavLink href="/models" label=tr::MODELS.of(lang) here=section == Section::Models />
                    <NavLink href="/datasets" label=tr::USES_DATASETS.of(lang) here=section == Section::Datasets />
                    <NavLink href="/glossary" label=t::GLOSSARY.of(lang) here=section == Section::Glossary />
                    <NavLink href="/shop" label=tshop::SHOP.of(lang) here=section == Section::Shop />
                    <NavLink href="/people" label=t::PEOPLE.of(lang) here=section == Section::People />
                </nav>
                <a class="search-trigger" href="/search" data-palette="" aria-current=(section == Section::Search).then_some("page")>
                    <Icon name="search" />
                    <span class="search-trigger__text">{t::SEARCH.of(lang)}</span>
                    <kbd class="search-trigger__key">"Ctrl K"</kbd>
                </a>
                <div class="site-tools">
                    {writes
                        .then(|| {
                            view! {
                                <a class="button button--quiet write-link" href="/articles/new">
                                    <Icon name="pen" />
                                    <span>{t::WRITE.of(lang)}</span>
                                </a>
                            }
                        })}
                    <a
                        class="tool"
                        href=visit.in_other_lang()
                        hreflang=lang.other().tag()
                        title=t::SWITCH_LANG_LABEL.of(lang)
                    >
                        <span lang=lang.other().tag()>{lang.pick("EN", "中")}</span>
                        <span class="visually-hidden">{t::SWITCH_LANG_LABEL.of(lang)}</span>
                    </a>
                    <ThemeMenu />
                    <UserMenu />
                </div>
            </div>
        </header>
    }
}

#[component]
fn NavLink(href: &'static str, label: &'static str, here: bool) -> impl IntoView {
    view! { <a href=href aria-current=here.then_some("page")>{label}</a> }
}

/// Light, dark, or as the system has it: a form that works by itself; `page.js` saves the round trip.
#[component]
fn ThemeMenu() -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let choices = Theme::ALL.map(|theme| {
        let (label, icon) = match theme {
            Theme::Auto => (t::THEME_AUTO, "auto"),
            Theme::Light => (t::THEME_LIGHT, "sun"),
            Theme::Dark => (t::THEME_DARK, "moon"),
        };
        view! {
            <button class="menu__item" name="theme" value=theme.code() aria-pressed=(theme == visit.theme).to_string()>
                <Icon name=icon />
                <span>{label.of(lang)}</span>
            </button>
        }
    });
    view! {
        <details class="menu" data-menu="">
            <summary class="tool" title=t::THEME.of(lang)>
                <Icon name="theme" />
                <span class="visually-hidden">{t::THEME.of(lang)}</span>
            </summary>
            <form class="menu__panel" method="post" action="/theme" data-theme-form="">
                <input type="hidden" name="back" value=visit.path_and_query().to_owned() />
                {choices.collect_view()}
            </form>
        </details>
    }
}

#[component]
fn UserMenu() -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let Some(user) = visit.actor.user.clone() else {
        let href = crate::pages::sign_in::url(visit.path_and_query());
        return view! { <a class="button button--quiet" href=href>{t::SIGN_IN.of(lang)}</a> }.into_any();
    };
    let administers = visit.actor.is(Role::Administrator);
    let writes = visit.actor.is(Role::Author);
    let initial: String = user.display_name.chars().take(1).collect();
    let item = move |href: &'static str, label: &'static str| view! { <a class="menu__item" href=href>{label}</a> };
    view! {
        <details class="menu" data-menu="">
            <summary class="tool avatar" title=user.display_name.clone()>
                <span aria-hidden="true">{initial}</span>
                <span class="visually-hidden">{user.display_name.clone()}</span>
            </summary>
            <div class="menu__panel">
                <p class="menu__title">
                    {user.display_name.clone()} <span class="muted">{crate::i18n::names::role(user.role).of(lang)}</span>
                </p>
                {item("/articles?mine=1", t::MY_WRITING.of(lang))}
                {writes.then(|| item("/proposals", t::PROPOSALS.of(lang)))}
                {item("/settings", t::SETTINGS.of(lang))}
                {writes.then(|| item("/admin/models", t::ADMIN_MODELS.of(lang)))}
                {visit
                    .actor
                    .may(Action::RunJobs)
                    .is_ok()
                    .then(|| {
                        view! {
                            {item("/admin/jobs", crate::i18n::jobs::JOBS.of(lang))}
                            {item("/admin/rounds", crate::i18n::rounds::ROUNDS.of(lang))}
                        }
                    })}
                {administers
                    .then(|| {
                        view! {
                            <p class="menu__title menu__title--rule">{t::ADMINISTRATION.of(lang)}</p>
                            {item("/admin/people", t::ADMIN_PEOPLE.of(lang))}
                            {item("/admin/senders", crate::i18n::senders::SENDERS.of(lang))}
                            {item("/admin/erasure", crate::i18n::erasure::TITLE.of(lang))}
                            {item("/admin/audit", t::ADMIN_AUDIT.of(lang))}
                            {item("/admin/status", t::ADMIN_STATUS.of(lang))}
                        }
                    })}
                <form method="post" action="/sign-out">
                    <button class="menu__item menu__item--rule">{t::SIGN_OUT.of(lang)}</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn Footer() -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <footer class="site-footer">
            <div class="site-footer__in">
                <p class="site-footer__brand">
                    <Mark />
                    <span>{t::PRODUCT.of(lang)}</span>
                    <span class="muted">{t::TAGLINE.of(lang)}</span>
                </p>
                <nav class="site-footer__links" aria-label=t::ABOUT.of(lang)>
                    <a href="/articles">{t::ARTICLES.of(lang)}</a>
                    <a href="/experiments">{tr::EXPERIMENTS.of(lang)}</a>
                    <a href="/models">{tr::MODELS.of(lang)}</a>
                    <a href="/datasets">{tr::USES_DATASETS.of(lang)}</a>
                    <a href="/glossary">{t::GLOSSARY.of(lang)}</a>
                    <a href="/search">{t::SEARCH.of(lang)}</a>
                    <a href="/api/openapi.json">{t::API.of(lang)}</a>
                </nav>
            </div>
        </footer>
    }
}

/// The title of a document. It is set as markup: a child would end with a comment, which is text between these tags.
#[component]
fn Title(text: String) -> impl IntoView {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    view! { <title inner_html=text></title> }
}

/// The frame of an error page that knows nothing about who asks.
#[component]
pub(crate) fn BareShell(lang: Lang, title: &'static str, children: Children) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang=lang.tag() data-theme="auto">
            <head>
                <meta charset="utf-8" />
                <Title text=format!("{title} · {}", t::PRODUCT.of(lang)) />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="robots" content="noindex" />
                <link rel="stylesheet" href="/pkg/alluvium.css" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
            </head>
            <body>
                <header class="site-header">
                    <div class="site-header__in">
                        <a class="brand" href="/">
                            <Mark />
                            <span class="brand__name">{t::PRODUCT.of(lang)}</span>
                        </a>
                    </div>
                </header>
                <main id="main">{children()}</main>
            </body>
        </html>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_its_text_alone() {
        let markup = view! { <Title text="A & B </title>".to_owned() /> }.to_html();
        assert_eq!(markup, "<title>A &amp; B &lt;/title></title>");
    }
}
