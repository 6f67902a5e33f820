//! The theme, and what this browser remembers of reading and looking.

use axum::Form;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::cookies::{lasting, nothing_read, nothing_seen, with_cookie};
use crate::visit::{THEME_COOKIE, Theme, Visit, local_path};

#[derive(Deserialize)]
pub(crate) struct ThemeForm {
    theme: String,
    #[serde(default)]
    back: String,
}

/// `POST /theme`
pub(crate) async fn theme(visit: Visit, Form(form): Form<ThemeForm>) -> Response {
    let theme = Theme::parse(&form.theme).unwrap_or_default();
    with_cookie(Redirect::to(local_path(&form.back)), &lasting(&visit, THEME_COOKIE, theme.code()))
}

/// `POST /seen/forget`
pub(crate) async fn forget_seen(visit: Visit) -> Response {
    with_cookie(Redirect::to("/"), &nothing_seen(&visit))
}

/// `POST /reading/forget`
pub(crate) async fn forget_reading(visit: Visit) -> Response {
    with_cookie(Redirect::to("/"), &nothing_read(&visit))
}
