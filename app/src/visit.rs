//! A visit: who asks for what, in which language and theme.

use std::sync::Arc;

use alluvium_domain::shop::ProductId;
use alluvium_domain::{Actor, EntryId, Lang, Problem};
use alluvium_services::recommend::MOST_SEEN;
use alluvium_services::{Caller, ClientAddress, MOST_READ, Services};
use axum::extract::FromRequestParts;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use http::request::Parts;
use http::{HeaderMap, Method, Uri};
use leptos::prelude::use_context;

use crate::assets::Options;
use crate::document;
use crate::origin::Origin;

/// The name of the session cookie.
pub const SESSION_COOKIE: &str = "alluvium_session";
/// The name of the cookie by which a browser is known for those who have signed in with it.
pub(crate) const KNOWN_COOKIE: &str = "alluvium_known";
/// The name of the cookie that is kept while somebody is at the provider of OpenID Connect.
pub(crate) const JOURNEY_COOKIE: &str = "alluvium_journey";
/// The name of the cookie that remembers the language.
pub(crate) const LANG_COOKIE: &str = "alluvium_lang";
/// The name of the cookie that remembers the theme.
pub(crate) const THEME_COOKIE: &str = "alluvium_theme";
/// The name of the cookie that holds what was read: only the reader's browser keeps it.
pub(crate) const READ_COOKIE: &str = "alluvium_read";
/// The name of the cookie that says which visitor somebody is who is not signed in; the program signs it.
pub(crate) const VISITOR_COOKIE: &str = "alluvium_visitor";
/// The name of the cookie that holds which products were looked at: only the browser keeps it.
pub(crate) const SEEN_COOKIE: &str = "alluvium_seen";

/// The name of the cookie that says which form was saved: `page.js` drops what the browser kept of it.
pub(crate) const SAVED_COOKIE: &str = "alluvium_saved";

/// What every handler of the app shares.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) services: Services,
    pub(crate) options: Options,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the person's system has it.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Theme; 3] = [Theme::Auto, Theme::Light, Theme::Dark];

    /// The value of the cookie and of `data-theme`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|theme| theme.code() == text)
    }
}

/// One request for a page. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Visit(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) services: Services,
    pub(crate) options: Options,
    pub(crate) actor: Actor,
    pub(crate) lang: Lang,
    /// The language was chosen in this request, and is to be remembered.
    pub(crate) lang_chosen: bool,
    pub(crate) theme: Theme,
    /// Articles read in this browser, newest first.
    pub(crate) read: Vec<EntryId>,
    /// Products looked at in this browser, newest first.
    pub(crate) seen: Vec<ProductId>,
    /// The secret of the person's session.
    pub(crate) session: Option<String>,
    /// Where an attempt to sign in comes from.
    pub(crate) caller: Caller,
    /// What this browser keeps while the person is at the provider of OpenID Connect.
    pub(crate) journey: Option<String>,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
}

impl std::ops::Deref for Visit {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Visit {
    /// The visit that the current view is for.
    pub(crate) fn current() -> Option<Visit> {
        use_context()
    }

    /// Path and query for coming back; home after a form, whose address may not be one to look at.
    pub(crate) fn path_and_query(&self) -> &str {
        if self.method != Method::GET {
            return "/";
        }
        self.uri.path_and_query().map_or("/", |path| local_path(path.as_str()))
    }

    /// The address of this installation: for links that are copied.
    pub(crate) fn origin(&self) -> &Origin {
        self.options.origin()
    }

    /// This page's address in the other language.
    pub(crate) fn in_other_lang(&self) -> String {
        let query = self.uri.query().unwrap_or_default();
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
        let lang = format!("lang={}", self.lang.other());
        let query: Vec<&str> = kept.chain([lang.as_str()]).collect();
        format!("{}?{}", local_path(self.uri.path()), query.join("&"))
    }
}

/// The language of the view that is being rendered.
pub(crate) fn lang() -> Lang {
    Visit::current().map(|visit| visit.lang).unwrap_or_default()
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let jar = CookieJar::from_headers(&parts.headers);
        let cookie = |name: &str| jar.get(name).map(|cookie| cookie.value());
        let asked = query_value(&parts.uri, "lang").and_then(|code| code.parse::<Lang>().ok());
        let lang = asked.or_else(|| cookie(LANG_COOKIE)?.parse().ok()).unwrap_or_else(|| {
            Lang::from_accept_language(header_text(&parts.headers, "accept-language").unwrap_or(""))
        });
        let origin = app.options.origin();
        let session = cookie(&origin.cookie_name(SESSION_COOKIE)).map(str::to_owned);
        let caller = Caller {
            address: parts.extensions.get::<ClientAddress>().copied().unwrap_or_default(),
            known: cookie(&origin.cookie_name(KNOWN_COOKIE)).unwrap_or_default().to_owned(),
        };
        let actor = app.services.actor_by_session(session.as_deref()).await;
        let mut actor = actor.map_err(|problem: Problem| document::error_page(lang, &problem))?;
        actor.visitor = cookie(VISITOR_COOKIE).and_then(|value| app.services.visitor(value));
        Ok(Visit(Arc::new(Inner {
            services: app.services.clone(),
            options: app.options.clone(),
            actor,
            lang,
            lang_chosen: asked.is_some(),
            theme: cookie(THEME_COOKIE).and_then(Theme::parse).unwrap_or_default(),
            read: cookie(READ_COOKIE).map(read_entries).unwrap_or_default(),
            seen: cookie(SEEN_COOKIE).map(seen_products).unwrap_or_default(),
            session,
            caller,
            journey: cookie(&origin.cookie_name(JOURNEY_COOKIE)).map(str::to_owned),
            method: parts.method.clone(),
            uri: parts.uri.clone(),
        })))
    }
}

/// What [`READ_COOKIE`] says: ids with points between them.
fn read_entries(text: &str) -> Vec<EntryId> {
    text.split('.').filter_map(|id| Some(EntryId(id.parse().ok()?))).take(MOST_READ).collect()
}

/// What [`SEEN_COOKIE`] says: numbers with points between them.
fn seen_products(text: &str) -> Vec<ProductId> {
    text.split('.').filter_map(|number| Some(ProductId(number.parse().ok()?))).take(MOST_SEEN).collect()
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The value of a simple parameter; what is percent-encoded does not matter here.
fn query_value<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A path within this site, or the home page: a form must not send people elsewhere.
pub(crate) fn local_path(path: &str) -> &str {
    let outside = !path.starts_with('/') || path.starts_with("//") || path.contains(['\\', '\r', '\n', '\t']);
    if outside { "/" } else { path }
}
