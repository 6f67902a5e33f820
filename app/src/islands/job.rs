//! A job as it goes on: how it stands, its curves, its log. Without WebAssembly: as it stood when the page was made.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use alluvium_domain::{JobEvent, JobNews, JobState, Lang};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use serde::{Deserialize, Serialize};

use super::curve::Curve;
use crate::i18n::jobs as t;

/// Lines of a log that are shown.
const LINES: usize = 400;
/// Points of a curve that are drawn: of more, every second one goes.
const POINTS: usize = 1_000;
/// What came within this time is drawn at once.
const TOGETHER: Duration = Duration::from_millis(150);

/// What is known of a job from its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobSeen {
    pub(crate) id: String,
    pub(crate) state: JobState,
    pub(crate) progress: f64,
    /// Number of the last event.
    last: i64,
    /// Time of day and text, oldest first.
    log: Vec<(String, String)>,
    cut: bool,
    /// By name, in the order of appearance.
    curves: Vec<(String, Vec<(f64, f64)>)>,
}

impl JobSeen {
    /// A job of which nothing has been heard.
    #[cfg(feature = "ssr")]
    pub(crate) fn new(id: String, state: JobState, progress: f64) -> JobSeen {
        JobSeen { id, state, progress, last: 0, log: Vec::new(), cut: false, curves: Vec::new() }
    }

    /// Takes an event in; one that is known already changes nothing.
    pub(crate) fn hear(&mut self, event: &JobEvent, lang: Lang) {
        if event.id <= self.last {
            return;
        }
        self.last = event.id;
        let (hour, minute, second) = event.at.to_hms();
        let at = format!("{hour:02}:{minute:02}:{second:02}");
        match &event.news {
            JobNews::Log { text } => self.log.push((at, text.clone())),
            // What is no number has no place on a curve.
            JobNews::Metric { key, step, value } if value.is_finite() => self.point(key, *step as f64, *value),
            JobNews::Metric { .. } => {}
            JobNews::Progress { done, of } => {
                if *of > 0.0 {
                    self.progress = (done / of).clamp(0.0, 1.0);
                }
            }
            JobNews::State { state, attempt } => {
                self.state = *state;
                self.log.push((at, t::stands(*state, *attempt, lang)));
            }
        }
        if self.log.len() > LINES {
            self.log.drain(..self.log.len() - LINES);
            self.cut = true;
        }
    }

    /// A step that is done again by a later attempt takes the place of the earlier one.
    fn point(&mut self, key: &str, step: f64, value: f64) {
        let place = match self.curves.iter().position(|(name, _)| name == key) {
            Some(place) => place,
            None => {
                self.curves.push((key.to_owned(), Vec::new()));
                self.curves.len() - 1
            }
        };
        let points = &mut self.curves[place].1;
        let known = points.partition_point(|(known, _)| *known < step);
        points.truncate(known);
        points.push((step, value));
        if points.len() > POINTS {
            let mut place = 0;
            points.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
    }
}

/// Follows a job by server-sent events; the browser connects again by itself and says which event it heard last. When the job has ended the page is
/// loaded anew, with the result.
#[island]
pub(crate) fn JobLive(lang: Lang, seen: JobSeen) -> impl IntoView {
    let follows = !seen.state.is_final();
    let url = format!("/api/v1/jobs/{}/events?after={}", seen.id, seen.last);
    let (seen, set_seen) = signal(seen);
    let (live, set_live) = signal(follows.then_some(true));
    Effect::new(move |_| {
        if follows {
            follow(&url, set_live, move |events| {
                set_seen.update(|seen| events.iter().for_each(|event| seen.hear(event, lang)));
            });
        }
    });
    let state = move || seen.with(|seen| seen.state);
    let percent = move || format!("{:.0} %", seen.with(|seen| seen.progress) * 100.0);
    let curves = move || {
        let curves = seen.with(|seen| seen.curves.clone());
        curves.into_iter().map(|(label, points)| view! { <Curve label points lang /> }).collect_view()
    };
    let lines = move || {
        let lines = seen.with(|seen| seen.log.clone());
        lines
            .into_iter()
            .map(|(at, text)| {
                view! {
                    <li>
                        <span class="job-log__at num">{at}</span>
                        " "
                        {text}
                    </li>
                }
            })
            .collect_view()
    };
    let connection = move || match live.get() {
        Some(true) => t::LIVE.of(lang),
        Some(false) => t::RECONNECTING.of(lang),
        None => "",
    };
    view! {
        <div>
            <p class="job-live__state">
                <span class=move || format!("job-state job-state--{}", state().code()) data-job-state=move || state().code()>
                    {move || t::state(state()).of(lang)}
                </span>
                " "
                <progress
                    max="1"
                    value=move || format!("{:.3}", seen.with(|seen| seen.progress))
                    aria-label=t::PROGRESS.of(lang)
                ></progress>
                " "
                <span class="num">{percent}</span>
                " "
                <span class="muted" role="status">
                    {connection}
                </span>
            </p>
            <div class="job-curves">{curves}</div>
            <h2 id="log">{t::LOG.of(lang)}</h2>
            {move || seen.with(|seen| seen.cut).then(|| view! { <p class="muted">{t::CUT.of(lang)}</p> })}
            {move || {
                seen.with(|seen| seen.log.is_empty()).then(|| view! { <p class="muted">{t::NO_LOG.of(lang)}</p> })
            }}
            <ol class="job-log" tabindex="0" aria-labelledby="log">
                {lines}
            </ol>
        </div>
    }
}

/// Opens the stream; `hear` gets what came within a short time together.
fn follow(url: &str, set_live: WriteSignal<Option<bool>>, hear: impl Fn(Vec<JobEvent>) + Clone + 'static) {
    let Ok(source) = web_sys::EventSource::new(url) else { return };
    let waiting: Rc<RefCell<Vec<JobEvent>>> = Rc::default();
    let take = {
        let waiting = Rc::clone(&waiting);
        move || {
            let events = waiting.take();
            if !events.is_empty() {
                hear(events);
            }
        }
    };
    let on_news = {
        let take = take.clone();
        Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |message: web_sys::MessageEvent| {
            let Some(event) = message.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) else {
                return;
            };
            let first = waiting.borrow().is_empty();
            waiting.borrow_mut().push(event);
            if first {
                set_timeout(take.clone(), TOGETHER);
            }
        })
    };
    let on_end = {
        let source = source.clone();
        Closure::<dyn FnMut(web_sys::Event)>::new(move |_: web_sys::Event| {
            source.close();
            take();
            // The page cannot be loaded anew only where it is gone already.
            let _ = window().location().reload();
        })
    };
    let on_open = Closure::<dyn FnMut(web_sys::Event)>::new(move |_: web_sys::Event| set_live.set(Some(true)));
    let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |_: web_sys::Event| set_live.set(Some(false)));
    for kind in ["log", "metric", "progress", "state"] {
        // Only an event target that is none refuses a listener.
        let _ = source.add_event_listener_with_callback(kind, on_news.as_ref().unchecked_ref());
    }
    let _ = source.add_event_listener_with_callback("end", on_end.as_ref().unchecked_ref());
    source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    // They live as long as the page.
    on_news.forget();
    on_end.forget();
    on_open.forget();
    on_error.forget();
}
