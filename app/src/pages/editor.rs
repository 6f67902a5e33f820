//! The editor of entries: fields, text, preview, and what to do when somebody else saved first.

mod conflict;
mod fields;
mod figures;
mod research;

use alluvium_domain::entry::{CardSection, Conflict, ProposalSummary};
use alluvium_domain::{Action, EntryKind, EntryState, Lang, Problem, ProblemKind, Role};
use axum::response::Response;
use http::StatusCode;
use leptos::prelude::*;

use super::section;
use crate::components::callout::{Notice, Tone};
use crate::components::field::{ErrorSummary, TextArea, TextField};
use crate::components::text::static_html;
use crate::document::{Document, Script, status};
use crate::entry_form::EntryForm;
use crate::i18n::{Text, common as tc, entry as t, names, research as tr};
use crate::islands::editing::FormChecks;
use crate::islands::preview::LivePreview;
use crate::visit::Visit;

/// What the editor shows.
pub(crate) struct Editor {
    kind: EntryKind,
    /// The entry being edited; none for a new one.
    slug: Option<String>,
    pub(crate) form: EntryForm,
    problem: Option<Problem>,
    conflict: Option<Conflict>,
    /// The person's own proposal, which a new one replaces.
    waiting: Option<ProposalSummary>,
}

impl Editor {
    /// For a new entry.
    pub(crate) fn new(kind: EntryKind, form: EntryForm) -> Self {
        Editor { kind, slug: None, form, problem: None, conflict: None, waiting: None }
    }

    /// For an entry that exists.
    pub(crate) fn of(kind: EntryKind, slug: String, form: EntryForm) -> Self {
        Editor { slug: Some(slug), ..Editor::new(kind, form) }
    }

    /// After a save that did not go through.
    pub(crate) fn with_problem(self, problem: Problem) -> Self {
        Editor { problem: Some(problem), ..self }
    }

    /// After somebody else changed the same: what does not clash is merged in the form.
    pub(crate) fn with_conflict(self, conflict: Conflict) -> Self {
        let form = self.form.with_merged(conflict.merged.clone(), conflict.theirs.summary.number);
        Editor { form, conflict: Some(conflict), ..self }
    }

    /// Whether the person asked to see the text, not to save it.
    pub(crate) fn is_preview(&self) -> bool {
        self.form.action == "preview"
    }

    /// Where the form is sent.
    pub(crate) fn action(&self) -> String {
        match &self.slug {
            Some(slug) => format!("{}/edit", alluvium_domain::entry::entry_url(self.kind, slug)),
            None => format!("/{}/new", self.kind.path()),
        }
    }

    fn status(&self) -> StatusCode {
        match (&self.conflict, &self.problem) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, Some(problem)) => status(problem.kind),
            (None, None) => StatusCode::OK,
        }
    }
}

/// `GET /articles/new` and the same of other kinds
pub(crate) async fn new(visit: Visit, kind: EntryKind) -> Response {
    let person = visit.actor.user.as_ref().map(|user| user.display_name.clone()).unwrap_or_default();
    let form = EntryForm { lang: visit.lang.code().to_owned(), ..EntryForm::default() };
    let form = match kind {
        EntryKind::Article => EntryForm { authors: person, ..form },
        EntryKind::Experiment => EntryForm { owner: person, ..form },
        EntryKind::Model => EntryForm { body: CardSection::outline(visit.lang), ..form },
        EntryKind::Dataset => form,
        // A term counts as Chinese.
        EntryKind::Term => EntryForm::default(),
    };
    open(&visit, Ok(Editor::new(kind, form))).await
}

/// `GET /articles/{slug}/edit` and the same of other kinds
pub(crate) async fn edit(visit: Visit, kind: EntryKind, slug: String) -> Response {
    let editor = load(&visit, kind, slug).await;
    open(&visit, editor).await
}

/// The editor of an entry that cannot go where it was sent, with what it lacks.
pub(crate) async fn incomplete(
    visit: &Visit,
    kind: EntryKind,
    slug: String,
    to: EntryState,
    problem: Problem,
) -> Response {
    match load(visit, kind, slug).await {
        Ok(mut editor) => {
            to.code().clone_into(&mut editor.form.action);
            answer(visit, editor.with_problem(problem)).await
        }
        Err(problem) => visit.answer(Err(problem)),
    }
}

async fn load(visit: &Visit, kind: EntryKind, slug: String) -> Result<Editor, Problem> {
    let (entry, revision) = visit.services.entry_source(&visit.actor, kind, &slug).await?;
    let own = match visit.actor.publishes_by_saving(entry.state) {
        true => None,
        false => visit.services.proposal_own(&visit.actor, &entry).await?,
    };
    let (form, waiting) = match own {
        Some(own) => (EntryForm::from_input(own.input, own.summary.base), Some(own.summary)),
        None => (EntryForm::from_revision(revision), None),
    };
    let form = EntryForm { entry_state: entry.state.code().to_owned(), ..form };
    Ok(Editor { waiting, ..Editor::of(kind, slug, form) })
}

/// Only those who may save need an editor.
async fn open(visit: &Visit, editor: Result<Editor, Problem>) -> Response {
    match visit.actor.may(Action::Write).and(editor) {
        Ok(editor) => answer(visit, editor).await,
        Err(problem) => visit.answer(Err(problem)),
    }
}

/// The editor as an answer, with the status that its problem has.
pub(crate) async fn answer(visit: &Visit, mut editor: Editor) -> Response {
    editor.form = editor.form.settled(editor.kind);
    // What the services refuse to render (a text over the limit) has its error beside the field already.
    let preview = visit.services.preview(&visit.actor, &editor.form.body, visit.lang).await.unwrap_or_default();
    let code = editor.status();
    let title = title(&editor, visit.lang);
    let section = section(editor.kind);
    let document = Document::new(title, section, move || {
        let empty = editor.form.body.trim().is_empty();
        let minutes = if empty { 0 } else { preview.reading_minutes };
        let html = if empty { String::new() } else { static_html(preview.parts) };
        view! { <EditorPage editor html minutes /> }
    });
    visit.answer(Ok(document.script(Script::Editor).script(Script::Diagrams).private().status(code)))
}

fn title(editor: &Editor, lang: Lang) -> String {
    let name = if editor.kind == EntryKind::Term { &editor.form.zh } else { &editor.form.title };
    let new = match editor.kind {
        EntryKind::Article => t::NEW_ARTICLE,
        EntryKind::Experiment => tr::NEW_EXPERIMENT,
        EntryKind::Model => tr::NEW_MODEL,
        EntryKind::Dataset => tr::NEW_DATASET,
        EntryKind::Term => t::NEW_TERM,
    };
    match &editor.slug {
        Some(_) => format!("{} · {name}", t::EDITING.of(lang)),
        None => new.of(lang).to_owned(),
    }
}

/// What the text is called, and what helps to write it.
fn body_words(kind: EntryKind) -> (Text, Text) {
    match kind {
        EntryKind::Article => (t::BODY, t::BODY_HINT),
        EntryKind::Experiment => (tr::RESULTS, t::BODY_HINT),
        EntryKind::Model => (tr::CARD_TEXT, tr::CARD_TEXT_HINT),
        EntryKind::Dataset | EntryKind::Term => (t::TERM_BODY, t::BODY_HINT),
    }
}

#[component]
fn EditorPage(editor: Editor, html: String, minutes: u32) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let heading = title(&editor, lang);
    let action = editor.action();
    let address = action.clone();
    let Editor { kind, slug, form, problem, conflict, waiting } = editor;
    let (body_label, body_hint) = body_words(kind);
    let new = slug.is_none();
    let back = slug.map_or_else(|| format!("/{}", kind.path()), |slug| alluvium_domain::entry::entry_url(kind, &slug));
    // Of articles and terms the text is what is edited most; of the others the fields are.
    let open_details = new || problem.is_some() || !matches!(kind, EntryKind::Article | EntryKind::Term);
    let conflicted = conflict.is_some();
    let state = form.entry_state.parse().unwrap_or(EntryState::Draft);
    let proposes = !new && !visit.actor.publishes_by_saving(state);
    let keep = form.decided().keep;
    let aim = form.action.parse().or_else(|()| form.entry_state.parse()).ok();
    view! {
        // The server says what is wrong beside each field, and so does the island; the browser's own bubbles would keep drafts from being saved.
        <form class="editor" method="post" action=action novalidate data-unsaved=t::UNSAVED.of(lang)>
            <div class="editor__head">
                <h1>{heading}</h1>
                <a class="button button--small" href=back>{tc::CANCEL.of(lang)}</a>
            </div>
            {problem.clone().map(|problem| view! { <Trouble problem /> })}
            {proposes.then(|| view! { <Proposes waiting /> })}
            {conflict.map(|conflict| view! { <conflict::ConflictPanel conflict kind keep /> })}
            <FormChecks lang kind state=aim address base=form.base.clone() />
            <input type="hidden" name="base" value=form.base.clone() />
            <input type="hidden" name="seen" value=form.seen.clone() />
            <input type="hidden" name="entry_state" value=form.entry_state.clone() />
            <details class="editor__details disclosure" open=open_details>
                <summary>{t::DETAILS.of(lang)}</summary>
                <div class="editor__fields">
                    <fields::Fields kind form=form.clone() problem=problem.clone() new />
                </div>
            </details>
            <div class="editor__panes">
                <TextArea
                    name="body"
                    label=body_label.of(lang)
                    value=form.body
                    problem=problem.clone()
                    hint=body_hint.of(lang)
                    rows=24
                    class="editor__source"
                />
                <section class="preview" aria-labelledby="preview-title">
                    <div class="preview__head">
                        <h2 id="preview-title">{t::PREVIEW.of(lang)}</h2>
                        <LivePreview lang minutes />
                    </div>
                    <div class="preview__text prose" id="preview" data-empty=t::PREVIEW_EMPTY.of(lang) inner_html=html></div>
                </section>
            </div>
            <div class="editor__bar">
                <TextField
                    name="note"
                    label=t::NOTE.of(lang)
                    value=form.note
                    problem=problem
                    hint=t::NOTE_HINT.of(lang)
                    maxlength=300
                    class="editor__note"
                />
                <div class="editor__buttons">
                    <button class="button no-js" type="submit" name="action" value="preview">{t::PREVIEW.of(lang)}</button>
                    <SaveButtons new state conflicted />
                </div>
            </div>
        </form>
    }
}

/// What may become of the text: the most that this person may do comes last.
#[component]
fn SaveButtons(new: bool, state: EntryState, conflicted: bool) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    if !new {
        let label = match state {
            EntryState::Published if visit.actor.publishes_by_saving(state) => t::SAVE_PUBLIC,
            EntryState::Published => t::SAVE_PROPOSAL,
            _ if conflicted => t::SAVE_MERGED,
            _ => t::SAVE_REVISION,
        };
        return view! {
            {conflicted
                .then(|| {
                    view! {
                        <button class="button button--danger" type="submit" name="action" value="overwrite" title=t::OVERWRITE_HINT.of(lang)>
                            {t::OVERWRITE.of(lang)}
                        </button>
                    }
                })}
            <button class="button button--primary" type="submit" name="action" value="save">{label.of(lang)}</button>
        }
        .into_any();
    }
    let mut choices = vec![
        (EntryState::Draft, t::SAVE_DRAFT.of(lang)),
        (EntryState::InReview, names::move_to(EntryState::InReview).of(lang)),
    ];
    if visit.actor.is(Role::Reviewer) {
        choices.push((EntryState::Published, t::SAVE_PUBLISH.of(lang)));
    }
    let last = choices.len() - 1;
    choices
        .into_iter()
        .enumerate()
        .map(|(at, (state, label))| {
            let class = if at == last { "button button--primary" } else { "button" };
            view! { <button class=class type="submit" name="action" value=state.code()>{label}</button> }
        })
        .collect_view()
        .into_any()
}

/// That a reviewer decides before readers see the change.
#[component]
fn Proposes(waiting: Option<ProposalSummary>) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <Notice tone=Tone::Info>
            <p>{t::PROPOSES.of(lang)}</p>
            {waiting
                .map(|waiting| {
                    view! {
                        <p>
                            {t::PROPOSES_AGAIN.of(lang)} " "
                            <a href=waiting.url()>{t::PROPOSAL_SEE.of(lang)}</a>
                        </p>
                    }
                })}
        </Notice>
    }
}

/// Why the save did not go through.
#[component]
fn Trouble(problem: Problem) -> impl IntoView {
    let lang = crate::visit::lang();
    match problem.kind {
        ProblemKind::Unauthenticated => view! {
            <Notice tone=Tone::Bad>
                {t::SESSION_ENDED.of(lang)} " "
                <a href="/sign-in" target="_blank">{tc::SIGN_IN.of(lang)}</a>
            </Notice>
        }
        .into_any(),
        _ if !problem.errors.is_empty() => view! { <ErrorSummary problem /> }.into_any(),
        _ => view! { <Notice tone=Tone::Bad>{problem.title(lang)}</Notice> }.into_any(),
    }
}
