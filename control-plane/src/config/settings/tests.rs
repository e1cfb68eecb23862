//! What the settings hold true: precedence, errors by name and line, and that help, sample and code agree.

use std::io::Write as _;

use clap::{CommandFactory, Parser};
use tempfile::NamedTempFile;

use super::*;

const SAMPLE: &str = include_str!("../../../../deploy/control-plane.toml");

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

/// Arguments, with a file of this text.
fn with_file(text: &str, line: &[&str]) -> (NamedTempFile, Arguments) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let words = ["it", "--config", &path].into_iter().chain(line.iter().copied());
    let arguments = Line::try_parse_from(words).unwrap().arguments;
    (file, arguments)
}

const NEEDED: &str = "database = 'd'\nmaster_key_file = 'k'\n";

fn refusal(text: &str) -> String {
    let (_file, arguments) = with_file(text, &[]);
    let error = arguments.load().unwrap_err();
    assert!(error.is::<Misconfigured>(), "{error:#}");
    format!("{error:#}")
}

/// The keys of the sample with their values, those that are commented out included.
fn sample() -> toml::Table {
    let is_setting =
        |line: &&str| line.contains(" = ") && line.split(' ').next().is_some_and(|key| !key.contains('.'));
    let lines = SAMPLE
        .lines()
        .map(|line| line.trim_start_matches("# "))
        .filter(is_setting);
    toml::from_str(&lines.collect::<Vec<_>>().join("\n")).unwrap()
}

#[test]
fn an_argument_comes_before_the_file_and_that_before_the_usual_value() {
    let text = format!("{NEEDED}lease = '20s'\ngrant = '2m'\n");
    let (_file, arguments) = with_file(&text, &["--lease", "30s"]);
    let settings = arguments.load().unwrap();
    let seconds = |s| Some(Duration::from_secs(s));
    assert_eq!(
        (settings.lease, settings.grant, settings.token_lifetime),
        (seconds(30), seconds(120), Some(DEFAULT_TOKEN))
    );
}

#[test]
fn a_key_that_is_not_known_is_named_with_its_line() {
    let told = refusal(&format!("{NEEDED}listn = '127.0.0.1:1'\n"));
    assert!(told.contains("listn") && told.contains("line 3"), "{told}");
}

#[test]
fn a_time_without_a_unit_is_refused_where_it_stands() {
    let told = refusal(&format!("{NEEDED}lease = '15'\n"));
    assert!(told.contains("line 3") && told.contains("unit"), "{told}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_starts() {
    for (line, word) in [
        ("lease = '1s'", "lease must be from 5s"),
        ("grant = '30s'", "grant must be from 40s"),
        ("public_url = 'skarv.example.com'", "https://skarv.example.com"),
        ("tls_key = 'k'", "both --tls-certificate and --tls-key"),
        ("log = 'skarv=loud'", "is no filter"),
    ] {
        let told = refusal(&format!("{NEEDED}{line}\n"));
        assert!(told.contains(word), "{told}");
    }
    assert!(refusal("").contains("give --database"));
}

#[test]
fn the_sample_names_every_setting_and_can_be_used() {
    let keys: Vec<String> = sample().keys().cloned().collect();
    let command = Line::command();
    let settings: Vec<String> = command
        .get_arguments()
        .filter_map(|argument| argument.get_long())
        .filter(|name| *name != "config")
        .map(|name| name.replace('-', "_"))
        .collect();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(keys), sorted(settings));
    let _: Settings = toml::from_str(SAMPLE).unwrap();
    let _: Settings = toml::Value::Table(sample()).try_into().unwrap();
}

#[test]
fn the_sample_and_the_help_show_the_usual_values() {
    let shown: Settings = toml::Value::Table(sample()).try_into().unwrap();
    let usual = Settings::usual();
    let shown_usual = Settings {
        listen: shown.listen,
        log: shown.log,
        shutdown_limit: shown.shutdown_limit,
        token_lifetime: shown.token_lifetime,
        lease: shown.lease,
        grant: shown.grant,
        ..Settings::default()
    };
    assert_eq!(shown_usual, usual);
    let help = Line::command().render_long_help().to_string();
    for time in [DEFAULT_SHUTDOWN, DEFAULT_TOKEN, DEFAULT_LEASE, DEFAULT_GRANT] {
        let shown = format!("[default: {}]", humantime::format_duration(time));
        assert!(help.contains(&shown), "{shown}");
    }
    assert!(help.contains("[default: 127.0.0.1:7700]") && help.contains("[default: info]"));
}

#[test]
fn a_setting_has_one_name_in_three_spellings() {
    for argument in Line::command()
        .get_arguments()
        .filter(|argument| argument.get_id() != "help")
    {
        let name = argument.get_long().unwrap().to_uppercase().replace('-', "_");
        let named = argument.get_env().unwrap().to_str().unwrap();
        assert!(
            named == format!("SKARV_{name}") || named == "RUST_LOG",
            "{name}: {named}"
        );
    }
}
