//! What `check` says: each thing that was looked at, and everything that is wrong, not only the first.

use std::fmt;

/// What a check found.
#[derive(Debug, Default)]
pub struct Report(Vec<Finding>);

#[derive(Debug)]
struct Finding {
    level: Level,
    what: &'static str,
    says: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    Warning,
    Problem,
}

impl Report {
    /// Whether the process would start.
    pub fn is_ok(&self) -> bool {
        self.0.iter().all(|finding| finding.level != Level::Problem)
    }

    /// Something is as it should be.
    pub fn ok(&mut self, what: &'static str, says: impl Into<String>) {
        self.add(Level::Ok, what, says.into());
    }

    /// Something works and is not safe.
    pub fn warning(&mut self, what: &'static str, says: impl Into<String>) {
        self.add(Level::Warning, what, says.into());
    }

    /// Something cannot work. It says what to do.
    pub fn problem(&mut self, what: &'static str, says: impl Into<String>) {
        self.add(Level::Problem, what, says.into());
    }

    fn add(&mut self, level: Level, what: &'static str, says: String) {
        self.0.push(Finding { level, what, says });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { level, what, says } in &self.0 {
            let level = match level {
                Level::Ok => "ok",
                Level::Warning => "warning",
                Level::Problem => "problem",
            };
            writeln!(f, "{level:<8} {what}: {}", says.trim_end())?;
        }
        Ok(())
    }
}
