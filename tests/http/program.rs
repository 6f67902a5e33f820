//! The program itself: starts on an embedded Postgres, survives kill -9, leaves nothing behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::root;

/// `alluvium serve` in a process of its own.
pub(crate) struct Program {
    child: Child,
    pub(crate) port: u16,
    link: Option<String>,
}

fn command(data: &Path, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alluvium"));
    command
        .current_dir(root())
        .env_remove("DATABASE_URL")
        .env("ALLUVIUM_DATA_DIR", data)
        .env("ALLUVIUM_ADDR", format!("127.0.0.1:{port}"))
        .env("ALLUVIUM_ENCODER", "none")
        .env("ALLUVIUM_RATE_LIMIT", "0")
        .env("ALLUVIUM_CONTENT_DIR", data.join("no-content"));
    command
}

impl Program {
    /// Starts and waits until it says that it is ready.
    fn start(data: &Path) -> Program {
        Program::start_as(data, |_| {})
    }

    /// The same with more settings.
    pub(crate) fn start_as(data: &Path, settings: impl FnOnce(&mut Command)) -> Program {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = command(data, port);
        settings(&mut command);
        let mut child = command.arg("serve").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut link = None;
        let mut ready = false;
        while !ready && let Some(Ok(line)) = lines.next() {
            ready = line.contains("is ready");
            if let Some((_, token)) = line.split_once("/sign-in/link?token=") {
                link = Some(token.trim().to_owned());
            }
        }
        assert!(ready, "the program ended before it was ready");
        Program { child, port, link }
    }

    fn request(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = Vec::new();
        if let Err(error) = stream.read_to_end(&mut text) {
            panic!("{error} after {:?} for {request}", String::from_utf8_lossy(&text));
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port))
    }

    fn interrupt(mut self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        assert!(self.child.wait().unwrap().success());
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Processes whose command line names the folder.
fn processes(data: &Path) -> Vec<String> {
    let name = data.to_string_lossy().into_owned();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
        .filter(|line| line.contains(&name))
        .collect()
}

fn wait_until_gone(data: &Path) {
    let since = Instant::now();
    while !processes(data).is_empty() {
        assert!(since.elapsed() < Duration::from_secs(30), "still there: {:?}", processes(data));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn it_serves_survives_a_kill_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    // Postgres runs as another user when we are root, and must get here.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let data = folder.path().join("data");

    let first = Program::start(&data);
    assert!(first.get("/healthz").starts_with("HTTP/1.1 200"));
    // Nobody else looks into it; where we are root, the group of Postgres' user may pass through.
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&data).unwrap());
    assert!([0o700, 0o710].contains(&(mode & 0o777)), "{mode:o}");
    // As the API's description says of every operation.
    assert!(first.get(&format!("/api/v1/search?q={}", "a".repeat(65_534))).starts_with("HTTP/1.1 414"));
    let token = first.link.clone().expect("a sign-in link for the first administrator");
    let form = format!("token={token}");
    let answer = first.request(&format!(
        "POST /sign-in/link HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        first.port,
        form.len()
    ));
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let session = cookie.split(';').next().unwrap().to_owned();
    let body = crate::harness::with(
        crate::harness::article("anchor", "锚", "沉在水底的锚"),
        serde_json::json!({ "state": "published" }),
    )
    .to_string();
    let made = first.request(&format!(
        "POST /api/v1/entries HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {session}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        first.port,
        body.len()
    ));
    assert!(made.starts_with("HTTP/1.1 201"), "{made}");
    first.kill();

    // What was acknowledged is there and can be found; the one-time link is not.
    let second = Program::start(&data);
    let found = second.get("/api/v1/search?q=%E6%B0%B4%E5%BA%95");
    assert!(found.contains("\"anchor\""), "{found}");
    // Another command works on the cluster that runs.
    let added = command(&data, 1).args(["user", "add", "mei", "--role", "author"]).output().unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    assert!(String::from_utf8_lossy(&added.stdout).contains("/sign-in/link?token="));
    second.interrupt();
    wait_until_gone(&data);

    // Backup and restore.
    let file = folder.path().join("backup.dump");
    let run = |args: &[&str]| {
        let output = command(&data, 1).args(args).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(run(&["backup", file.to_str().unwrap()]).0);
    let (done, why) = run(&["restore", file.to_str().unwrap()]);
    assert!(!done && why.contains("--replace"), "{why}");
    let (done, why) = run(&["restore", "--replace", file.to_str().unwrap()]);
    assert!(done, "{why}");
    let third = Program::start(&data);
    assert!(third.get("/api/v1/entries/article/anchor").starts_with("HTTP/1.1 200"));
    third.interrupt();
    wait_until_gone(&data);
}

#[test]
fn a_new_installation_gets_the_demo_shop_whole_even_if_it_is_killed_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let data = folder.path().join("data");
    // Starting content, of which there is none: the shop comes with it.
    std::fs::create_dir_all(data.join("no-content")).unwrap();
    let first = Program::start(&data);
    assert!(!first.get("/api/v1/catalogues").contains("\"demo\""), "it is ready before the shop is");
    first.kill();
    let second = Program::start(&data);
    let since = Instant::now();
    loop {
        let catalogues = second.get("/api/v1/catalogues");
        if catalogues.contains("\"demo\"") {
            assert!(catalogues.contains("\"events\":200000"), "{catalogues}");
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(240), "{catalogues}");
        std::thread::sleep(Duration::from_millis(200));
    }
    second.interrupt();
    wait_until_gone(&data);

    // A backup with partitions takes the place of what is there, and a file that is cut short changes nothing.
    let file = folder.path().join("backup.dump");
    let run = |args: &[&str]| {
        let output = command(&data, 1).args(args).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    assert!(run(&["backup", file.to_str().unwrap()]).0);
    let (done, why) = run(&["restore", "--replace", file.to_str().unwrap()]);
    assert!(done, "{why}");
    let whole = std::fs::read(&file).unwrap();
    let cut = folder.path().join("cut.dump");
    std::fs::write(&cut, &whole[..whole.len() * 2 / 3]).unwrap();
    let (done, why) = run(&["restore", "--replace", cut.to_str().unwrap()]);
    assert!(!done, "{why}");
    let (done, why) = run(&["shop", "demo"]);
    assert!(done && why.contains("is there already") && why.contains("200000 events"), "{why}");
    wait_until_gone(&data);
}

#[test]
fn help_is_enough_to_work_from() {
    let help = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_alluvium")).args(args).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let top = help(&["--help"]);
    for word in [
        "serve",
        "migrate",
        "content",
        "reindex",
        "user",
        "shop",
        "backup",
        "restore",
        "ALLUVIUM_DATA_DIR",
        "DATABASE_URL",
    ] {
        assert!(top.contains(word), "{word}");
    }
    assert!(help(&["content", "sync", "--help"]).contains("--direction"));
}
