//! `cargo bench -p alluvium --bench pages`: an article page against the same bytes as a static file of the same server, in turns; start-up
//! time and resident memory. Loopback only. `ALLUVIUM_ENCODER` names the encoder, as for `serve`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends where something is wrong")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ARTICLE: &str = "/articles/softmax-click-model";
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 2;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let site = folder.path().join("site");
    std::fs::create_dir_all(&site).unwrap();
    let mut cold = Server::start(root, folder.path(), &site);
    let first = cold.started;
    let html = get(cold.port, ARTICLE).1;
    std::fs::write(site.join("same-bytes.html"), &html).unwrap();
    cold.stop();

    let mut server = Server::start(root, folder.path(), &site);
    println!("first start (new cluster, starting content encoded): {:.2} s", first.as_secs_f64());
    println!("later start: {:.2} s", server.started.as_secs_f64());
    println!("resident memory after start: {:.0} MB", server.resident_mb());

    let (mut page, mut file) = (Vec::new(), Vec::new());
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let a = load(server.port, ARTICLE);
        let b = load(server.port, "/same-bytes.html");
        ratios.push(rate(&a) / rate(&b));
        page.extend(a);
        file.extend(b);
    }
    for (name, times) in [("article page", &mut page), ("same bytes, static file", &mut file)] {
        times.sort_unstable();
        println!(
            "{name}: {:.0} requests/s, p50 {:.2} ms, p99 {:.2} ms ({} bytes)",
            rate(times),
            times[times.len() / 2].as_secs_f64() * 1e3,
            times[times.len() * 99 / 100].as_secs_f64() * 1e3,
            html.len()
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "ratio of rates, page / file: median {:.3} (from {:.3} to {:.3})",
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1]
    );
    println!("resident memory after {} pages: {:.0} MB", page.len(), server.resident_mb());
    server.stop();
}

struct Server {
    child: Child,
    port: u16,
    started: Duration,
}

impl Server {
    fn start(root: &Path, folder: &Path, site: &Path) -> Server {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let since = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_alluvium"))
            .arg("serve")
            .current_dir(root)
            .env_remove("DATABASE_URL")
            .env("ALLUVIUM_DATA_DIR", folder.join("data"))
            .env("ALLUVIUM_SITE_DIR", site)
            .env("ALLUVIUM_ADDR", format!("127.0.0.1:{port}"))
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let ready = BufReader::new(child.stdout.take().unwrap()).lines().any(|line| line.unwrap().contains("is ready"));
        assert!(ready, "the server did not start");
        Server { child, port, started: since.elapsed() }
    }

    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    fn stop(&mut self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        self.child.wait().unwrap();
    }
}

/// Requests one after the other on each of a few connections; the time of each.
fn load(port: u16, path: &str) -> Vec<Duration> {
    let threads: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let path = path.to_owned();
            std::thread::spawn(move || {
                let mut stream = connect(port);
                let mut times = Vec::new();
                let since = Instant::now();
                while since.elapsed() < ROUND {
                    let start = Instant::now();
                    assert_eq!(request(&mut stream, port, &path).0, 200);
                    times.push(start.elapsed());
                }
                times
            })
        })
        .collect();
    threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
}

fn rate(times: &[Duration]) -> f64 {
    let busy: f64 = times.iter().map(Duration::as_secs_f64).sum();
    times.len() as f64 * CONNECTIONS as f64 / busy
}

fn connect(port: u16) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::new(stream)
}

fn get(port: u16, path: &str) -> (u16, Vec<u8>) {
    request(&mut connect(port), port, path)
}

/// One request on a kept connection; handles `Content-Length` and chunked answers.
fn request(stream: &mut BufReader<TcpStream>, port: u16, path: &str) -> (u16, Vec<u8>) {
    write!(stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let status = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        let lower = line.trim().to_ascii_lowercase();
        if lower.is_empty() {
            break;
        }
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        chunked |= lower == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            stream.read_line(&mut line).unwrap();
            let size = usize::from_str_radix(line.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).unwrap();
            body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                break;
            }
        }
    } else {
        body.resize(length, 0);
        stream.read_exact(&mut body).unwrap();
    }
    (status, body)
}
