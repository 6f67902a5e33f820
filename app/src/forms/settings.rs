//! One's own account.

use alluvium_domain::{Issue, Problem, Scope, fold};
use alluvium_services::PasswordRequest;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::pages::settings::{self, Part, Shown, failed};
use crate::visit::Visit;

#[derive(Deserialize)]
pub(crate) struct ProfileForm {
    display_name: String,
}

/// `POST /settings/profile`
pub(crate) async fn profile(visit: Visit, Form(form): Form<ProfileForm>) -> Response {
    match visit.services.profile_set(&visit.actor, &form.display_name).await {
        Ok(_) => Redirect::to("/settings?done=profile").into_response(),
        Err(problem) => failed(&visit, Part::Profile, problem, vec![("display_name", form.display_name)]).await,
    }
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    #[serde(default)]
    current: String,
    new: String,
    #[serde(default)]
    end_tokens: bool,
}

/// `POST /settings/password`
pub(crate) async fn password(visit: Visit, Form(form): Form<PasswordForm>) -> Response {
    let request = PasswordRequest {
        current: &form.current,
        new: &form.new,
        session: visit.session.as_deref(),
        end_tokens: form.end_tokens,
    };
    match visit.services.password_set(&visit.caller, &visit.actor, request).await {
        Ok(()) => Redirect::to("/settings?done=password").into_response(),
        Err(problem) => failed(&visit, Part::Password, problem, Vec::new()).await,
    }
}

#[derive(Deserialize)]
pub(crate) struct TokenForm {
    name: String,
    #[serde(default)]
    days: String,
    /// Set where the token may send events of any shopper.
    #[serde(default)]
    events: String,
}

/// `POST /settings/tokens`: the answer is the page itself, because the secret is shown this once and kept nowhere.
pub(crate) async fn token_create(visit: Visit, Form(form): Form<TokenForm>) -> Response {
    let typed = vec![("name", form.name.clone()), ("days", form.days.clone()), ("events", form.events.clone())];
    let scopes: &[Scope] = if form.events.is_empty() { &[] } else { &[Scope::Events] };
    let days = match form.days.trim() {
        "" => Ok(None),
        days => {
            let whole = fold::whole(days).and_then(|days| u32::try_from(days).ok());
            whole.map(Some).ok_or_else(|| Problem::field("days", Issue::OutOfRange { min: 1, max: 3650 }))
        }
    };
    let created = match days {
        Ok(days) => visit.services.token_create(&visit.actor, &form.name, days, scopes).await,
        Err(problem) => Err(problem),
    };
    match created {
        Ok(created) => settings::answer(&visit, Shown { secret: Some(created.secret), ..Shown::default() }).await,
        Err(problem) => failed(&visit, Part::Token, problem, typed).await,
    }
}

/// `POST /settings/tokens/{id}/revoke`
pub(crate) async fn token_revoke(visit: Visit, Path(id): Path<Uuid>) -> Response {
    match visit.services.token_revoke(&visit.actor, id).await {
        Ok(()) => Redirect::to("/settings?done=token").into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}
