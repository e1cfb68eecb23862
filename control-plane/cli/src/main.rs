//! The binary `skarv`: arguments in, an answer on stdout, an exit code out. See `skarv --help`.
//!
//! Exit codes: 0 done, 1 failed, 2 the command was put wrongly, 3 the time was up.

use std::{io::Write, process::ExitCode};

use clap::Parser;
use skarv::{Cli, Report, run};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // an error only says that another part of this process has installed the very same provider
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    match Box::pin(run(cli)).await {
        Ok(exit) => exit.into(),
        Err(error) => {
            let report = Report(&error);
            if report.reader_left() {
                return ExitCode::SUCCESS;
            }
            // with nobody to read it, the exit code still says it
            writeln!(std::io::stderr(), "{report}").ok();
            report.exit_code()
        }
    }
}
