//! How long a client waits for a search, by mode.

use std::time::Instant;

use crate::support::{Server, connect, request};

/// Asks every query in every mode, without and with explanations, in turns; prints what a client waited. The first round warms up.
pub(crate) fn measure(
    server: &Server,
    queries: &[String],
    rounds: usize,
    modes: &[&str],
    path: impl Fn(&str, &str, bool) -> String,
) {
    let mut stream = connect(server.port);
    let mut times = vec![Vec::new(); modes.len() * 2];
    for round in 0..=rounds {
        for query in queries {
            for (number, mode) in modes.iter().enumerate() {
                for (more, explain) in [false, true].into_iter().enumerate() {
                    let path = path(query, mode, explain);
                    let start = Instant::now();
                    let (status, _) = request(&mut stream, server.port, &path);
                    assert_eq!(status, 200, "{path}");
                    if round > 0 {
                        times[number * 2 + more].push(start.elapsed());
                    }
                }
            }
        }
    }
    for (number, times) in times.iter_mut().enumerate() {
        times.sort_unstable();
        let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
        let explained = if number % 2 == 1 { ", explained" } else { "" };
        println!("  {:<20} p50 {:7.2} ms  p99 {:7.2} ms", format!("{}{explained}", modes[number / 2]), at(50), at(99));
    }
}
