//! The encoder beside sentence-transformers on the same machine, in turns within one run.
//!
//! `ALLUVIUM_TEST_ENCODER` names the model's folder, `ALLUVIUM_PEER_PYTHON` a Python with
//! sentence-transformers; without the second only the encoder is timed. `RAYON_NUM_THREADS` sets
//! the threads of both.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::error::Error;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use alluvium_engine::encoder::Encoder;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Turns of each side; the median turn counts, so that another program's burst does not.
const TURNS: usize = 9;

struct Workload {
    name: &'static str,
    /// Texts of each call of `encode`.
    calls: Vec<Vec<String>>,
    /// Report the median call instead of texts per second.
    latency: bool,
}

fn main() -> Result<()> {
    let Ok(folder) = std::env::var("ALLUVIUM_TEST_ENCODER") else {
        println!("skipped: ALLUVIUM_TEST_ENCODER does not name a model folder");
        return Ok(());
    };
    let encoder = Encoder::load(&folder)?;
    let threads = rayon::current_num_threads();
    println!("{} {}, {threads} threads, {:?}", encoder.name(), encoder.fingerprint(), simd());
    let mut peer = match std::env::var("ALLUVIUM_PEER_PYTHON") {
        Ok(python) => Some(Peer::start(&python, &folder, threads)?),
        Err(_) => {
            println!("peer skipped: ALLUVIUM_PEER_PYTHON does not name a Python with sentence-transformers");
            None
        }
    };
    if let Some(peer) = &peer {
        println!("{}", peer.name);
    }
    let mut worst = f32::MAX;
    for workload in workloads() {
        let tokens = token_counts(&encoder, &workload)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // The first turn warms up.
        for turn in 0..=TURNS {
            let own = time(&encoder, &workload)?;
            let other = peer.as_mut().map(|peer| peer.time(&workload)).transpose()?;
            if turn > 0 {
                ours.push(figure(&workload, own));
                theirs.extend(other.map(|seconds| figure(&workload, seconds)));
            }
        }
        let own = median(&mut ours.clone());
        let unit = if workload.latency { "ms" } else { "texts/s" };
        print!("{:<24} {tokens:>9} tokens  alluvium {own:8.2} {unit}", workload.name);
        if let Some(peer) = &mut peer {
            let ratio = |(own, other): (&f64, &f64)| if workload.latency { other / own } else { own / other };
            let mut ratios: Vec<f64> = ours.iter().zip(&theirs).map(ratio).collect();
            let middle = median(&mut ratios);
            print!(
                "  peer {:8.2} {unit}  ratio {middle:.2} ({:.2} to {:.2})",
                median(&mut theirs),
                ratios[0],
                ratios[ratios.len() - 1]
            );
            worst = worst.min(lowest_cosine(&encoder, peer, &workload)?);
        }
        println!();
    }
    if peer.is_some() {
        println!("lowest cosine between the two {worst:.7}");
    }
    Ok(())
}

fn simd() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    return match () {
        () if is_x86_feature_detected!("avx512f") => "AVX-512",
        () if is_x86_feature_detected!("avx2") => "AVX2",
        () => "SSE2",
    };
    #[cfg(not(target_arch = "x86_64"))]
    std::env::consts::ARCH
}

/// Queries of 3 to 9 words and passages of about 200 tokens, all different.
fn workloads() -> Vec<Workload> {
    let mut seed = 7u32;
    let mut pick = |count: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % count
    };
    let words: Vec<&str> = "waterproof wireless running leather kitchen garden winter summer cheap premium \
        shoes headphones jacket laptop camera bottle blanket lamp chair watch for women kids office travel \
        with noise cancelling rain proof battery red blue small large gift set 跑鞋 耳机 防水 外套"
        .split_whitespace()
        .collect();
    let mut text = |length: usize| (0..length).map(|_| words[pick(words.len())]).collect::<Vec<_>>().join(" ");
    let queries: Vec<String> = (0..256).map(|i| text(3 + i % 7)).collect();
    let passages: Vec<String> = (0..32).map(|i| text(145 + i)).collect();
    let single = |texts: &[String]| texts.iter().map(|text| vec![text.clone()]).collect();
    vec![
        Workload { name: "queries, batch 32", calls: queries.chunks(32).map(<[_]>::to_vec).collect(), latency: false },
        Workload { name: "one query, p50", calls: single(&queries[..100]), latency: true },
        Workload { name: "passages, batch 32", calls: vec![passages.clone()], latency: false },
        Workload { name: "one passage, p50", calls: single(&passages[..16]), latency: true },
    ]
}

fn token_counts(encoder: &Encoder, workload: &Workload) -> Result<String> {
    let counts = workload.calls.iter().flatten().map(|text| encoder.token_count(text));
    let counts = counts.collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(format!("{}..{}", counts.iter().min().unwrap_or(&0), counts.iter().max().unwrap_or(&0)))
}

/// Seconds of each call.
fn time(encoder: &Encoder, workload: &Workload) -> Result<Vec<f64>> {
    let mut seconds = Vec::new();
    for call in &workload.calls {
        let texts: Vec<&str> = call.iter().map(String::as_str).collect();
        let start = Instant::now();
        std::hint::black_box(encoder.encode(&texts)?);
        seconds.push(start.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

fn figure(workload: &Workload, mut seconds: Vec<f64>) -> f64 {
    if workload.latency {
        return median(&mut seconds) * 1e3;
    }
    workload.calls.iter().map(Vec::len).sum::<usize>() as f64 / seconds.iter().sum::<f64>()
}

/// Sorts the values.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn lowest_cosine(encoder: &Encoder, peer: &mut Peer, workload: &Workload) -> Result<f32> {
    let texts: Vec<&str> = workload.calls.iter().flatten().map(String::as_str).collect();
    let theirs: Vec<Vec<f32>> = serde_json::from_value(peer.ask(&json!({ "vectors": texts }))?)?;
    let cosine = |(a, b): (&Vec<f32>, &Vec<f32>)| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    Ok(encoder.encode(&texts)?.iter().zip(&theirs).map(cosine).fold(f32::MAX, f32::min))
}

struct Peer {
    name: String,
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    fn start(python: &str, folder: &str, threads: usize) -> Result<Peer> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peer_encoder.py");
        let folder = std::fs::canonicalize(folder)?;
        let mut process = Command::new(python)
            .arg(script)
            .arg(folder)
            .arg(threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = process.stdin.take().ok_or("no pipe to the peer")?;
        let output = BufReader::new(process.stdout.take().ok_or("no pipe from the peer")?).lines();
        let mut peer = Peer { name: String::new(), process, input, output };
        peer.name = peer.read()?.as_str().unwrap_or_default().to_owned();
        Ok(peer)
    }

    fn time(&mut self, workload: &Workload) -> Result<Vec<f64>> {
        let seconds = self.ask(&json!({ "calls": workload.calls }))?;
        // Its idle threads spin for a moment, which must not count against the next turn.
        std::thread::sleep(Duration::from_millis(100));
        Ok(serde_json::from_value(seconds)?)
    }

    fn ask(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.input, "{request}")?;
        self.read()
    }

    fn read(&mut self) -> Result<Value> {
        let line = self.output.next().ok_or("the peer ended; run peer_encoder.py by hand to see why")??;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
