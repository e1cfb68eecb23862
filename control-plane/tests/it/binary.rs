//! The binary as an operator has it: arguments, files, signals and exit codes of a real process.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use skarv_proto::v1::{ExchangeApiKeyRequest, auth_service_client::AuthServiceClient};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use crate::health::{get, says};

const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of an operator's, with a master key made by the binary itself.
struct Place(TempDir);

/// How a process ended, and what it said.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skarv-control-plane"));
    command
        .args(words)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn ended(words: &[&str]) -> Ended {
    ended_in(command(words)).await
}

async fn ended_in(mut command: Command) -> Ended {
    let output = timeout(PATIENCE, command.output())
        .await
        .expect("it ends")
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

impl Place {
    async fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.make_key("master.key").await;
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    async fn make_key(&self, name: &str) -> Ended {
        ended(&["new-master-key", &self.text(name)]).await
    }

    fn settings(&self, more: &str) -> String {
        let (database, key) = (self.text("skarv.db"), self.text("master.key"));
        let text = format!(
            "database = '{database}'\nmaster_key_file = '{key}'\nlisten = '127.0.0.1:0'\nlog_format = 'json'\n{more}\n"
        );
        let file = self.path("settings.toml");
        fs::write(&file, text).unwrap();
        self.text("settings.toml")
    }

    async fn start(&self, more: &[&str]) -> Process {
        let settings = self.settings("");
        Process::start(&[&["run", "--config", &settings], more].concat()).await
    }
}

/// A control plane that listens.
struct Process {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    addr: SocketAddr,
}

impl Process {
    async fn start(words: &[&str]) -> Self {
        let mut child = command(words).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = said(&mut log, "listening").await;
        let url = line["fields"]["url"].as_str().unwrap();
        let addr = url.trim_start_matches("http://").parse().unwrap();
        Self { child, log, addr }
    }

    async fn said(&mut self, message: &str) {
        said(&mut self.log, message).await;
    }

    async fn told_to_stop(&self) {
        let kill = format!("kill -TERM {}", self.child.id().unwrap());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .await
                .unwrap()
                .success()
        );
    }

    async fn ended(mut self) -> Ended {
        // what it still has to say must not keep it waiting
        let log = async { while let Ok(Some(_)) = self.log.next_line().await {} };
        let mut out = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        let all = async { tokio::join!(log, stdout.read_to_string(&mut out), self.child.wait()).2 };
        let status = timeout(PATIENCE, all).await.expect("it ends").unwrap();
        Ended {
            code: status.code(),
            out,
            err: String::new(),
        }
    }

    async fn stopped(self) -> Ended {
        self.told_to_stop().await;
        self.ended().await
    }

    async fn accepts(&self, key: &str) -> bool {
        let mut auth = AuthServiceClient::connect(format!("http://{}", self.addr))
            .await
            .unwrap();
        let api_key = key.trim().to_owned();
        auth.exchange_api_key(ExchangeApiKeyRequest { api_key })
            .await
            .is_ok()
    }
}

/// Waits for a line of the log that begins like this.
async fn said(log: &mut Lines<BufReader<ChildStderr>>, message: &str) -> Value {
    let line = async {
        while let Some(line) = log.next_line().await.unwrap() {
            let line: Value = serde_json::from_str(&line).unwrap_or(Value::String(line));
            let said = line["fields"]["message"].as_str();
            if said.is_some_and(|said| said.starts_with(message)) {
                return line;
            }
        }
        panic!("it ended before it said `{message}`")
    };
    timeout(PATIENCE, line).await.expect("it says so")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_control_plane_gets_ready_stops_when_told_and_goes_on_with_its_file() {
    let place = Place::new().await;
    let key_file = place.text("admin.key");
    let first = place.start(&["--admin-key-file", &key_file]).await;
    assert!(says(&get(first.addr, "/ready").await, 200, "ok"));
    let key = fs::read_to_string(&key_file).unwrap();
    assert!(first.accepts(&key).await);
    assert_eq!(mode(Path::new(&key_file)), 0o600);
    let end = first.stopped().await;
    assert_eq!(end.code, Some(0));
    assert!(
        end.out.contains(&key_file) && !end.out.contains(key.trim()),
        "{}",
        end.out
    );
    let second = place.start(&["--admin-key-file", &key_file]).await;
    assert!(second.accepts(&key).await);
    let end = second.stopped().await;
    assert_eq!((end.code, end.out.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn the_first_admins_key_is_shown_once() {
    let place = Place::new().await;
    let shown = place.start(&[]).await.stopped().await.out;
    let key = shown.rsplit(' ').next().unwrap().trim();
    let again = place.start(&[]).await;
    assert!(again.accepts(key).await);
    assert_eq!(again.stopped().await.out, "");
}

#[tokio::test]
async fn a_start_that_fails_leaves_the_first_admins_key_to_be_shown() {
    let place = Place::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (settings, addr) = (place.settings(""), taken.local_addr().unwrap().to_string());
    let refused = ended(&["--config", &settings, "--listen", &addr]).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.err.contains(&format!("cannot listen on {addr}")),
        "{}",
        refused.err
    );
    let blocked = place.text("blocked.key");
    fs::write(&blocked, "mine").unwrap();
    let refused = ended(&["--config", &settings, "--admin-key-file", &blocked]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("never written over"), "{}", refused.err);
    assert_eq!(fs::read_to_string(&blocked).unwrap(), "mine");
    assert!(place.start(&[]).await.stopped().await.out.contains("skarv_key_"));
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let place = Place::new().await;
    let mut process = place.start(&["--shutdown-limit", "1h"]).await;
    let mut slow = TcpStream::connect(process.addr).await.unwrap();
    slow.write_all(b"GET /live HTTP/1.1\r\n").await.unwrap();
    // the one after it has been answered, so this one is being read
    assert!(says(&get(process.addr, "/live").await, 200, "ok"));
    process.told_to_stop().await;
    process.said("stopping").await;
    process.told_to_stop().await;
    assert_eq!(process.ended().await.code, Some(1));
}

#[tokio::test]
async fn another_master_key_is_refused_with_the_key_that_is_wanted() {
    let place = Place::new().await;
    place.start(&[]).await.stopped().await;
    place.make_key("other.key").await;
    let settings = place.settings("");
    let other = place.text("other.key");
    for words in [["run", "--config"], ["check", "--config"]] {
        let refused = ended(&[&words[..], &[&settings, "--master-key-file", &other]].concat()).await;
        let said = refused.out + &refused.err;
        assert_eq!(refused.code, Some(1), "{said}");
        assert!(said.contains("is sealed with the master key"), "{said}");
    }
}

#[tokio::test]
async fn the_master_key_is_rotated_and_the_old_one_opens_nothing_any_more() {
    let place = Place::new().await;
    place.start(&[]).await.stopped().await;
    place.make_key("new.key").await;
    let (database, old, new) = (
        place.text("skarv.db"),
        place.text("master.key"),
        place.text("new.key"),
    );
    let rotate = [
        "rotate-master-key",
        "--database",
        &database,
        "--master-key-file",
        &new,
    ];
    let rotate = [&rotate[..], &["--previous-master-key-file", &old]].concat();
    let (done, again) = (ended(&rotate).await, ended(&rotate).await);
    assert_eq!((done.code, again.code), (Some(0), Some(0)), "{}", done.err);
    assert!(done.out.contains("1 signing keys"), "{}", done.out);
    assert!(again.out.contains("already"), "{}", again.out);
    let settings = place.settings("");
    assert_eq!(ended(&["--config", &settings]).await.code, Some(1));
    let renewed = place.start(&["--master-key-file", &new]).await;
    assert_eq!(renewed.stopped().await.code, Some(0));
}

#[tokio::test]
async fn a_master_key_is_for_its_owner_and_never_written_over() {
    let place = Place::new().await;
    let key = fs::read(place.path("master.key")).unwrap();
    assert_eq!(mode(&place.path("master.key")), 0o600);
    let again = place.make_key("master.key").await;
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("never written over"), "{}", again.err);
    assert_eq!(fs::read(place.path("master.key")).unwrap(), key);
}

#[tokio::test]
async fn what_it_is_told_wrong_ends_with_2_and_is_named() {
    let place = Place::new().await;
    let settings = place.settings("listne = '127.0.0.1:1'");
    for (words, named) in [
        (vec!["--config", &settings], "listne"),
        (vec!["--config", "/nowhere.toml"], "/nowhere.toml"),
        (vec!["--no-such-thing"], "--no-such-thing"),
        (vec!["--lease", "15"], "--lease"),
        (vec![], "--database"),
    ] {
        let refused = ended(&words).await;
        assert_eq!(refused.code, Some(2), "{words:?}: {}", refused.err);
        assert!(refused.err.contains(named), "{}", refused.err);
    }
}

#[tokio::test]
async fn an_argument_comes_before_the_environment_and_that_before_the_file() {
    let place = Place::new().await;
    let settings = place.settings("");
    let in_file = fs::read_to_string(&settings)
        .unwrap()
        .replace("127.0.0.1:0", "127.0.0.1:1");
    fs::write(&settings, in_file).unwrap();
    let port_of = async |environment: Option<&str>, argument: Option<&str>| {
        let mut words = vec!["check", "--config", &settings];
        words.extend(argument.iter().flat_map(|address| ["--listen", address]));
        let mut command = command(&words);
        command.envs(environment.map(|address| ("SKARV_LISTEN", address)));
        ended_in(command).await.out
    };
    assert!(port_of(None, None).await.contains("127.0.0.1:1 "));
    assert!(port_of(Some("127.0.0.2:0"), None).await.contains("127.0.0.2:0 "));
    assert!(
        port_of(Some("127.0.0.2:0"), Some("127.0.0.3:0"))
            .await
            .contains("127.0.0.3:0 ")
    );
}

#[tokio::test]
async fn check_says_everything_that_is_wrong_at_once() {
    let place = Place::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    fs::write(place.path("short.key"), "c2hvcnQ=").unwrap();
    fs::write(place.path("not.pem"), "no").unwrap();
    let (key, pem, missing) = (
        place.text("short.key"),
        place.text("not.pem"),
        place.text("missing/skarv.db"),
    );
    let listen = taken.local_addr().unwrap().to_string();
    let words = [
        "check",
        "--database",
        &missing,
        "--master-key-file",
        &key,
        "--listen",
        &listen,
        "--public-url",
        "skarv",
        "--tls-certificate",
        &pem,
        "--tls-key",
        &pem,
    ];
    let report = ended(&words).await;
    assert_eq!(report.code, Some(1));
    for problem in [
        "must be 32 bytes in base64, it has 5",
        "/missing does not exist: make it",
        "another process listens there",
        "https://skarv.example.com",
        "there is no certificate in",
        "warning  safety",
    ] {
        assert!(
            report.out.contains(problem),
            "{problem} is not in\n{}",
            report.out
        );
    }
}

#[tokio::test]
async fn check_finds_nothing_wrong_with_what_is_right_before_and_after_the_first_start() {
    let place = Place::new().await;
    let settings = place.settings("");
    let before = ended(&["check", "--config", &settings]).await;
    assert!(
        before.out.contains("will be made") && !place.path("skarv.db").exists(),
        "{}",
        before.out
    );
    place.start(&[]).await.stopped().await;
    let after = ended(&["run", "--config", &settings, "--check"]).await;
    assert!(after.out.contains("the master key opens it"), "{}", after.out);
    for report in [before, after] {
        assert_eq!(report.code, Some(0));
        assert!(
            report.out.lines().all(|line| line.starts_with("ok ")),
            "{}",
            report.out
        );
    }
}

#[tokio::test]
async fn a_key_that_others_can_read_and_an_open_port_without_tls_are_warned_of() {
    let place = Place::new().await;
    fs::set_permissions(place.path("master.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let settings = place.settings("");
    let report = ended(&["check", "--config", &settings, "--listen", "0.0.0.0:0"]).await;
    assert_eq!(report.code, Some(0));
    assert!(
        report.out.contains("chmod 600") && report.out.contains("in the clear"),
        "{}",
        report.out
    );
}
