//! How often somebody may ask for what is dear. `routes.tsv` says of every route whom it answers and what it costs; a test compares it with the router.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use alluvium_domain::{Lang, Problem};
use alluvium_services::ClientAddress;
use anyhow::Context;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use http::{HeaderMap, Method, header};

use crate::problem::ApiError;
use crate::security::is_api;

/// The routes: methods, path, whom it answers, what it costs.
const ROUTES: &str = include_str!("routes.tsv");
/// Callers that are remembered at once before those who have not asked for a while are forgotten.
const MAX_CALLERS: usize = 20_000;
/// One address may ask for so many times what one person may: an office has one address.
const PEOPLE_OF_AN_ADDRESS: u32 = 8;

/// What a request costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Cost {
    /// A row and a page of text.
    Light,
    /// A search, a recommendation, a comparison: tens of milliseconds of a processor.
    Query,
    /// Up to a second of a processor, or a large answer.
    Heavy,
}

impl Cost {
    /// Requests a second over time, and at once, of one person.
    fn quota(self) -> Option<(u32, u32)> {
        match self {
            Cost::Light => None,
            Cost::Query => Some((10, 60)),
            Cost::Heavy => Some((2, 20)),
        }
    }
}

/// Token buckets of callers, by cost.
pub(crate) struct Limits {
    costs: HashMap<(Method, &'static str), Cost>,
    buckets: Vec<Buckets>,
}

struct Buckets {
    cost: Cost,
    of_person: DefaultKeyedRateLimiter<u64>,
    of_address: DefaultKeyedRateLimiter<IpAddr>,
}

impl Limits {
    /// Limits of so many times the usual ones; none where `times` is 0.
    pub(crate) fn new(times: u32) -> anyhow::Result<Limits> {
        let mut costs = HashMap::new();
        for line in ROUTES.lines().filter(|line| !line.starts_with('#')) {
            let wrong = || format!("routes.tsv: {line}");
            let [methods, path, _, cost] = line.split('\t').collect::<Vec<_>>()[..] else { anyhow::bail!(wrong()) };
            let cost = match cost {
                "light" => Cost::Light,
                "query" => Cost::Query,
                "heavy" => Cost::Heavy,
                _ => anyhow::bail!(wrong()),
            };
            for method in methods.split(',') {
                costs.insert((method.parse().with_context(wrong)?, path), cost);
            }
        }
        let buckets = [Cost::Query, Cost::Heavy].into_iter().filter_map(|cost| {
            let (rate, burst) = cost.quota()?;
            let quota = |people: u32| {
                let times = |n: u32| NonZeroU32::new(n.saturating_mul(times).saturating_mul(people));
                Some(Quota::per_second(times(rate)?).allow_burst(times(burst)?))
            };
            Some(Buckets {
                cost,
                of_person: DefaultKeyedRateLimiter::keyed(quota(1)?),
                of_address: DefaultKeyedRateLimiter::keyed(quota(PEOPLE_OF_AN_ADDRESS)?),
            })
        });
        Ok(Limits { costs, buckets: buckets.collect() })
    }

    /// Takes one request from a caller's buckets; where they are empty, the seconds until they are not.
    fn take(&self, cost: Cost, person: Option<u64>, address: IpAddr) -> Result<(), u64> {
        let Some(buckets) = self.buckets.iter().find(|buckets| buckets.cost == cost) else { return Ok(()) };
        if buckets.of_person.len() + buckets.of_address.len() > MAX_CALLERS {
            buckets.of_person.retain_recent();
            buckets.of_address.retain_recent();
        }
        // A made-up token is a person of its own here, so that the address counts as well.
        let mut asker = DefaultHasher::new();
        address.hash(&mut asker);
        let person = person.unwrap_or_else(|| asker.finish());
        let now = DefaultClock::default().now();
        let seconds = |not_until: governor::NotUntil<_>| not_until.wait_time_from(now).as_secs() + 1;
        buckets.of_person.check_key(&person).map_err(seconds)?;
        buckets.of_address.check_key(&address).map_err(seconds)
    }

    /// What a request costs; of a route that nobody wrote down the most.
    fn cost(&self, method: &Method, path: Option<&MatchedPath>) -> Cost {
        // Without a route it is a file or nothing.
        let Some(path) = path else { return Cost::Light };
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.costs.get(&(method.clone(), path.as_str())).copied().unwrap_or(Cost::Heavy)
    }
}

/// A number for the session or token that comes with a request.
fn person(headers: &HeaderMap) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    match headers.get(header::AUTHORIZATION) {
        Some(value) => value.as_bytes().hash(&mut hasher),
        None => CookieJar::from_headers(headers).get(alluvium_app::SESSION_COOKIE)?.value().hash(&mut hasher),
    }
    Some(hasher.finish())
}

/// Refuses who asks for too much, with the time after which it is worth another try.
pub(crate) async fn limited(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response {
    let cost = limits.cost(request.method(), request.extensions().get::<MatchedPath>());
    let address = request.extensions().get::<ClientAddress>().copied().unwrap_or_default();
    match limits.take(cost, person(request.headers()), address.0) {
        Ok(()) => next.run(request).await,
        Err(seconds) => {
            metrics::counter!("requests_limited_total").increment(1);
            let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            let lang = Lang::from_accept_language(header.unwrap_or_default());
            let problem = Problem::later(seconds);
            match is_api(request.uri().path()) {
                true => ApiError { problem, lang, status: None }.into_response(),
                false => alluvium_app::error_page(lang, &problem),
            }
        }
    }
}
