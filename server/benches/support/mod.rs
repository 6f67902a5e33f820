//! What the benchmarks share: a server of their own with an embedded Postgres, and a small HTTP client on kept connections. Loopback only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A folder that the embedded Postgres, which runs as another user where we are root, can enter.
pub(crate) fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

/// The program, serving.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// From start to the line that says that it is ready.
    pub(crate) started: Duration,
}

impl Server {
    /// Starts it with its data in `folder` and `content` as what a new installation starts with.
    pub(crate) fn start(root: &Path, folder: &Path, site: &Path, content: &Path) -> Server {
        Server::start_with(root, folder, site, content, |_| {})
    }

    /// The same with other settings. What is not set has no limit of requests: a benchmark asks for more than a person may.
    pub(crate) fn start_with(
        root: &Path,
        folder: &Path,
        site: &Path,
        content: &Path,
        settings: impl FnOnce(&mut Command),
    ) -> Server {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let since = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_alluvium"));
        command
            .arg("serve")
            .current_dir(root)
            .env_remove("DATABASE_URL")
            .env("ALLUVIUM_DATA_DIR", folder.join("data"))
            .env("ALLUVIUM_SITE_DIR", site)
            .env("ALLUVIUM_BACKGROUND_TRAINING", "false")
            .env("ALLUVIUM_CONTENT_DIR", content)
            .env("ALLUVIUM_ADDR", format!("127.0.0.1:{port}"))
            .env("ALLUVIUM_RATE_LIMIT", "0")
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped());
        settings(&mut command);
        let mut child = command.spawn().unwrap();
        let ready = BufReader::new(child.stdout.take().unwrap()).lines().any(|line| line.unwrap().contains("is ready"));
        assert!(ready, "the server did not start");
        Server { child, port, started: since.elapsed() }
    }

    pub(crate) fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    pub(crate) fn stop(&mut self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        self.child.wait().unwrap();
    }
}

pub(crate) fn connect(port: u16) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::new(stream)
}

/// One request on a kept connection; handles `Content-Length` and chunked answers.
pub(crate) fn request(stream: &mut BufReader<TcpStream>, port: u16, path: &str) -> (u16, Vec<u8>) {
    write!(stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").unwrap();
    answer(stream)
}

/// The answer to a request that was sent.
pub(crate) fn answer(stream: &mut BufReader<TcpStream>) -> (u16, Vec<u8>) {
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
