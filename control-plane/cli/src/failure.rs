//! What a command says when it fails, and with which code the process ends.
//!
//! One paragraph: what, each wrong field, the stable reason, what to do. Scripts go by the exit code and the reason.

use std::{error::Error, fmt, process::ExitCode};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// How a command ended that did not fail to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Done,
    /// What was asked about is not well: a run or a check failed.
    Failed,
    /// The time was up before there was an answer.
    TimedOut,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::FAILURE,
            Exit::TimedOut => Self::from(3),
        }
    }
}

/// The command was put wrongly.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(String);

impl Usage {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

/// What a failure looks like on stderr.
#[derive(Debug)]
pub struct Report<'a>(pub &'a anyhow::Error);

impl Report<'_> {
    /// What the process ends with: 2 for a command that was put wrongly, else 1.
    pub fn exit_code(&self) -> ExitCode {
        if self.0.is::<Usage>() {
            ExitCode::from(2)
        } else {
            ExitCode::FAILURE
        }
    }

    /// Whether whoever read our output went away, as `head` does. That is no failure.
    pub fn reader_left(&self) -> bool {
        let left = |cause: &(dyn Error + 'static)| {
            let io = cause.downcast_ref::<std::io::Error>();
            io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
        };
        self.0.downcast_ref::<Status>().is_none() && self.0.chain().any(left)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = |error: &anyhow::Error| {
            error
                .chain()
                .find_map(|cause| cause.downcast_ref::<Status>().cloned())
        };
        match cause(self.0) {
            Some(status) if !unreachable(&status) => refused(f, &status),
            Some(_) => write!(f, "error: the server went away in the middle. {ELSEWHERE}"),
            // what lies between the sentence and its cause only says the cause again
            None if connecting(self.0) => {
                write!(f, "error: {} ({}). {ELSEWHERE}", self.0, self.0.root_cause())
            }
            None => write!(f, "error: {:#}", self.0),
        }
    }
}

const ELSEWHERE: &str = "Choose another address with --server or SKARV_SERVER";

fn connecting(error: &anyhow::Error) -> bool {
    error.chain().any(<dyn Error>::is::<tonic::transport::Error>)
}

/// No answer of the server's, but the lack of one.
fn unreachable(status: &Status) -> bool {
    Error::source(status).is_some_and(<dyn Error>::is::<tonic::transport::Error>)
}

fn refused(f: &mut fmt::Formatter<'_>, status: &Status) -> fmt::Result {
    let details = status.get_error_details();
    write!(f, "error: {}", status.message())?;
    let wrong = details.bad_request().map(|bad| bad.field_violations.as_slice());
    for field in wrong.unwrap_or_default() {
        // the sentence of a single field is the message itself
        if !status.message().contains(&field.description) {
            write!(f, "\n  {}: {}", field.field, field.description)?;
        }
    }
    let reason = details.error_info().map(|info| info.reason.as_str());
    write!(f, " ({}", reason.unwrap_or_else(|| status.code().description()))?;
    if let Some(request) = details.request_info() {
        write!(f, ", request {}", request.request_id)?;
    }
    write!(f, ")")?;
    advice(status.code(), &details).map_or(Ok(()), |advice| write!(f, "\n{advice}"))
}

/// What to do, where the server's sentence leaves it open.
fn advice(code: Code, details: &ErrorDetails) -> Option<String> {
    let retry = details.retry_info().and_then(|info| info.retry_delay);
    match (code, retry) {
        (_, Some(delay)) => Some(format!("Try again in {} s.", delay.as_secs_f32().ceil())),
        (Code::Unauthenticated, None) => {
            Some("Check the API key: --api-key-file, SKARV_API_KEY_FILE or SKARV_API_KEY.".to_owned())
        }
        (Code::PermissionDenied, None) => Some("`skarv whoami` says which role the key has.".to_owned()),
        (Code::Unimplemented, None) => {
            Some("The server is of another release than this command line.".to_owned())
        }
        _ => None,
    }
}
