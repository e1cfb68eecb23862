//! What the settings hold true: precedence, errors by name and line, and that help, sample and code agree.

use std::io::Write as _;

use clap::{CommandFactory, Parser};
use secrecy::ExposeSecret;
use tempfile::NamedTempFile;

use super::*;

const SAMPLE: &str = include_str!("../../../../deploy/agent.toml");

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

fn file_of(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn line(words: &[&str]) -> Arguments {
    Line::try_parse_from(["it"].iter().chain(words))
        .unwrap()
        .arguments
}

fn with_file(text: &str, words: &[&str]) -> anyhow::Result<Settings> {
    let file = file_of(text);
    let path = file.path().to_str().unwrap();
    line(&[&["--config", path], words].concat()).load()
}

fn refusal(text: &str) -> String {
    let error = with_file(text, &[]).unwrap_err();
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
    let text = "pool_token_file = 'p'\nslots = 2\ndrain_limit = '1m'\nname = 'file'\n";
    let settings = with_file(text, &["--name", "argument"]).unwrap();
    assert_eq!(settings.name.as_deref(), Some("argument"));
    assert_eq!(
        (settings.slots, settings.drain_limit),
        (Some(2), Some(Duration::from_secs(60)))
    );
    assert_eq!(settings.control_plane.as_deref(), Some("http://127.0.0.1:7700"));
}

#[test]
fn a_key_that_is_not_known_is_named_with_its_line() {
    let told = refusal("pool_token_file = 'p'\nslot = 1\n");
    assert!(told.contains("`slot`") && told.contains("line 2"), "{told}");
}

#[test]
fn a_pool_token_cannot_stand_in_the_file() {
    assert!(refusal("pool_token = 'hush'\n").contains("pool_token"));
}

#[test]
fn a_token_given_in_one_way_is_not_overruled_by_a_file_that_says_it_in_the_other() {
    let settings = with_file("pool_token_file = '/nowhere'\n", &["--pool-token", "hush"]).unwrap();
    assert_eq!(settings.token().unwrap().expose_secret(), "hush");
    let both = line(&["--pool-token", "hush", "--pool-token-file", "f"]).load();
    assert!(both.unwrap_err().to_string().contains("leave out"));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_starts() {
    for (line, word) in [
        ("slots = 0", "slots must be from 1"),
        ("control_plane = 'skarv.example.com:443'", "http(s)://host:port"),
        ("log = 'skarv=loud'", "is no filter"),
    ] {
        let told = refusal(&format!("pool_token_file = 'p'\n{line}\n"));
        assert!(told.contains(word), "{told}");
    }
    assert!(refusal("").contains("--pool-token-file"));
}

#[test]
fn a_token_file_that_is_empty_is_no_token() {
    let file = file_of(" \n");
    let settings = line(&["--pool-token-file", file.path().to_str().unwrap()])
        .load()
        .unwrap();
    assert!(settings.into_config().unwrap_err().to_string().contains("empty"));
}

#[test]
fn a_pool_token_shows_in_no_debug_output() {
    let arguments = line(&["--pool-token", "skarv_pool_hush"]);
    assert!(!format!("{arguments:?}").contains("hush"));
    let config = arguments.load().unwrap().into_config().unwrap();
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn private_addresses_are_out_of_reach_unless_asked_for() {
    let allowed = |text: &str, words: &[&str]| {
        let words = [&["--pool-token", "t"], words].concat();
        with_file(text, &words)
            .unwrap()
            .into_config()
            .unwrap()
            .allow_private
    };
    assert!(!allowed("", &[]));
    assert!(allowed("", &["--allow-private"]));
    assert!(allowed("allow_private = true", &[]));
    assert!(!allowed("allow_private = true", &["--allow-private=false"]));
}

#[test]
fn the_sample_names_every_setting_and_can_be_used() {
    let keys: Vec<String> = sample().keys().cloned().collect();
    let command = Line::command();
    let settings: Vec<String> = command
        .get_arguments()
        .filter_map(|argument| argument.get_long())
        .filter(|name| !["config", "pool-token"].contains(name))
        .map(|name| name.replace('-', "_"))
        .collect();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(keys), sorted(settings));
    let _: Settings = toml::from_str(SAMPLE).unwrap();
}

#[test]
fn the_sample_and_the_help_show_the_usual_values() {
    let shown: Settings = toml::Value::Table(sample()).try_into().unwrap();
    let usual = Settings::usual();
    assert_eq!(
        (&shown.control_plane, shown.slots),
        (&usual.control_plane, usual.slots)
    );
    assert_eq!((shown.drain_limit, &shown.log), (usual.drain_limit, &usual.log));
    assert_eq!(shown.allow_private, usual.allow_private);
    let help = Line::command().render_long_help().to_string();
    let drain = humantime::format_duration(DRAIN_LIMIT).to_string();
    for value in ["http://127.0.0.1:7700", "8", "false", "info", &drain] {
        assert!(help.contains(&format!("[default: {value}]")), "{value}");
    }
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
