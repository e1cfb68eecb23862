//! The binary as an operator has it: arguments, files, signals and exit codes of a real process.

use std::{fs, net::TcpListener, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use crate::{
    health::{get, says},
    script::Script,
};

const PATIENCE: Duration = Duration::from_secs(60);

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skarv-agent"));
    command
        .args(words)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Exit code, and everything that was said.
async fn ended(words: &[&str]) -> (Option<i32>, String) {
    let output = timeout(PATIENCE, command(words).output())
        .await
        .expect("it ends")
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
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

async fn tell_to_stop(child: &Child) {
    let kill = format!("kill -TERM {}", child.id().unwrap());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .await
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn an_agent_gets_ready_and_says_goodbye_when_told_to_stop() {
    let script = Script::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (settings, token) = (folder.path().join("agent.toml"), folder.path().join("token"));
    fs::write(&token, "skarv_pool_test\n").unwrap();
    let text = format!("pool_token_file = {token:?}\nhealth_listen = '127.0.0.1:0'\nlog_format = 'json'\n");
    fs::write(&settings, text).unwrap();
    let words = [
        "--config",
        settings.to_str().unwrap(),
        "--control-plane",
        &script.url,
    ];
    let mut child = command(&words).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = said(&mut log, "says whether it is well").await;
    script.until(|state| state.polls.first().map(|_| ())).await;
    let health = line["fields"]["addr"].as_str().unwrap().parse().unwrap();
    assert!(says(&get(health, "/ready").await, 200, "ok"));
    tell_to_stop(&child).await;
    let status = timeout(PATIENCE, child.wait()).await.expect("it ends").unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(script.state().goodbyes.len(), 1);
}

#[tokio::test]
async fn an_agent_that_waits_for_its_control_plane_stops_when_told() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = format!("http://{gone}");
    let words = [
        "run",
        "--pool-token",
        "t",
        "--log-format",
        "json",
        "--control-plane",
        &address,
    ];
    let mut child = command(&words).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    said(&mut log, "not registered yet").await;
    tell_to_stop(&child).await;
    let status = timeout(PATIENCE, child.wait()).await.expect("it ends").unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn an_agent_that_is_not_wanted_ends_with_1_and_says_why() {
    let script = Script::start().await;
    script.fail("register", tonic::Code::Unauthenticated);
    let (code, said) = ended(&["--pool-token", "t", "--control-plane", &script.url]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot register with the control plane"), "{said}");
}

#[tokio::test]
async fn what_it_is_told_wrong_ends_with_2_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("agent.toml");
    fs::write(&settings, "slot = 1\n").unwrap();
    let settings = settings.to_str().unwrap();
    for (words, named) in [
        (vec!["--config", settings], "slot"),
        (vec!["--no-such-thing"], "--no-such-thing"),
        (vec!["--pool-token", "t", "--drain-limit", "30"], "--drain-limit"),
        (vec!["run"], "--pool-token-file"),
    ] {
        let (code, said) = ended(&words).await;
        assert_eq!(code, Some(2), "{words:?}: {said}");
        assert!(said.contains(named), "{said}");
    }
}

#[tokio::test]
async fn check_says_everything_that_is_wrong_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (empty, missing) = (path("empty"), path("missing.pem"));
    fs::write(&empty, "").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (address, words) = (format!("http://{gone}"), ["--pool-token-file", &empty]);
    let words = [
        &[
            "check",
            "--slots",
            "0",
            "--control-plane-ca-file",
            &missing,
            "--health-listen",
            &listen,
        ][..],
        &["--control-plane", &address, "--allow-private"],
        &words,
    ];
    let (code, said) = ended(&words.concat()).await;
    assert_eq!(code, Some(1), "{said}");
    for problem in [
        "slots must be from 1",
        "the file is empty",
        "cannot read the certificates",
        "another process listens there",
        "does the control plane run",
        "warning  safety",
    ] {
        assert!(said.contains(problem), "{problem} is not in\n{said}");
    }
}

#[tokio::test]
async fn the_catalog_is_printed_as_json() {
    let (code, said) = ended(&["catalog"]).await;
    assert_eq!(code, Some(0));
    assert!(serde_json::from_str::<Value>(&said).is_ok());
}
