//! The processes of a bench, seen from outside: started, asked, measured and stopped.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::part::Part;

/// How long a process may take to end when it is no longer needed.
const ENDING: Duration = Duration::from_secs(30);

/// A process that runs. It is killed when dropped.
pub(crate) struct Process {
    pub(crate) name: String,
    pub(crate) pid: u32,
    child: Child,
    stdin: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Process {
    /// Starts one and tells it what to do; what it logs goes to a file in this folder.
    pub(crate) async fn start<A: DeserializeOwned>(
        part: Part,
        settings: &impl Serialize,
        folder: &Path,
    ) -> anyhow::Result<(Self, A)> {
        let name = part.to_possible_value().context("a hidden part")?;
        let name = name.get_name().to_owned();
        let log = folder.join(format!("{name}.log"));
        let mut child = Command::new(std::env::current_exe()?)
            .args(["part", &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut process = Self {
            pid: child.id().context("it has ended already")?,
            stdin: stdin.context("it has no standard input")?,
            answers: BufReader::new(stdout.context("it has no standard output")?).lines(),
            child,
            name,
            log,
        };
        let answer = process.ask(settings).await?;
        Ok((process, answer))
    }

    /// One line there and one back.
    pub(crate) async fn ask<A: DeserializeOwned>(&mut self, question: &impl Serialize) -> anyhow::Result<A> {
        let mut line = serde_json::to_string(question)?;
        line.push('\n');
        self.stdin.write_all(line.as_bytes()).await?;
        match self.answers.next_line().await? {
            Some(answer) => Ok(serde_json::from_str(&answer)?),
            None => bail!("{} ended: {}", self.name, self.last_words()),
        }
    }

    /// Lets it end.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stdin);
        let ended = tokio::time::timeout(ENDING, self.child.wait()).await;
        ended.with_context(|| format!("{} does not end", self.name))??;
        Ok(())
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}
