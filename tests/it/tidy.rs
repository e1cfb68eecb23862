//! The laws of the house that the compiler cannot hold. Each names the file that breaks it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file below `folder` with this extension, as paths from the repository, with their text.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let relative = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((relative, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(
        !found.is_empty(),
        "no .{extension} file below {folder}: the law would hold nothing"
    );
    found
}

/// Names of the files of which the test says that they break a law.
fn breaking(files: Vec<(String, String)>, breaks: impl Fn(&str, &str) -> bool) -> Vec<String> {
    files
        .into_iter()
        .filter(|(name, text)| breaks(name, text))
        .map(|(name, _)| name)
        .collect()
}

/// Lines of code, without comments.
pub(crate) fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
}

fn says(text: &str, words: &[&str]) -> bool {
    code(text).any(|line| words.iter().any(|word| line.contains(word)))
}

#[test]
fn no_source_file_is_over_500_lines() {
    assert_eq!(
        breaking(files(".", "rs"), |_, text| text.lines().count() > 500),
        [""; 0]
    );
}

#[test]
fn every_source_file_says_first_what_it_is_for() {
    assert_eq!(
        breaking(files(".", "rs"), |_, text| !text.starts_with("//!")),
        [""; 0]
    );
}

#[test]
fn no_source_file_has_a_name_that_says_nothing() {
    let empty = ["util", "utils", "helper", "helpers", "common", "misc", "manager"];
    let nameless = |name: &str, _: &str| {
        let stem = Path::new(name)
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        empty.contains(&stem.as_str()) || empty.iter().any(|e| name.contains(&format!("/{e}/")))
    };
    assert_eq!(breaking(files(".", "rs"), nameless), [""; 0]);
}

#[test]
fn use_cases_know_no_wire() {
    let wire = ["tonic", "axum", "pb::", "skarv_proto"];
    assert_eq!(
        breaking(files("control-plane/src/app", "rs"), |_, text| says(text, &wire)),
        [""; 0]
    );
}

#[test]
fn the_data_path_knows_no_wire() {
    let wire = ["tonic", "pb::", "skarv_proto"];
    assert_eq!(
        breaking(files("agent/src/flow", "rs"), |_, text| says(text, &wire)),
        [""; 0]
    );
}

#[test]
fn only_one_folder_of_the_agent_knows_the_wire() {
    let outside = |name: &str, text: &str| {
        !name.starts_with("agent/src/control_plane") && says(text, &["skarv_proto", "pb::", "tonic::"])
    };
    assert_eq!(breaking(files("agent/src", "rs"), outside), [""; 0]);
}

#[test]
fn packages_are_compared_in_one_file() {
    let elsewhere = |name: &str, text: &str| {
        name != "control-plane/domain/src/package.rs"
            && !name.starts_with("tests/")
            && says(text, &["Package::P200", "Package::P400", "Package::P800"])
    };
    assert_eq!(breaking(files(".", "rs"), elsewhere), [""; 0]);
}

#[test]
fn raw_sql_is_sent_from_two_files() {
    // the transaction, and the statements' own test of their query plans
    let allowed = [
        "control-plane/store/src/turn.rs",
        "control-plane/store/src/sql.rs",
    ];
    let raw = [
        "from_sql_and_values",
        "Statement::from_string",
        "execute_unprepared",
        "_raw(",
    ];
    let elsewhere = |name: &str, text: &str| !allowed.contains(&name) && says(text, &raw);
    let mut found = breaking(files("control-plane/store/src", "rs"), elsewhere);
    found.extend(breaking(files("control-plane/src", "rs"), elsewhere));
    assert_eq!(found, [""; 0]);
}

#[test]
fn fakes_share_no_code_with_their_connectors() {
    for fake in [
        "connectors/prestashop/src/fake",
        "connectors/hogia-smart/src/fake",
    ] {
        let own = [
            "skarv_canonical",
            "skarv_connector",
            "skarv_http",
            "crate::api",
            "crate::order",
            "crate::invoice",
        ];
        // how an answer goes bad on its way is no knowledge of either system
        let on_the_way = |text: &str| text.replace("skarv_http::hostile", "");
        let found = breaking(files(fake, "rs"), |_, text| says(&on_the_way(text), &own));
        assert_eq!(found, [""; 0]);
    }
}

#[test]
fn crates_depend_in_one_direction() {
    let forbidden: [(&str, &[&str]); 6] = [
        (
            "connectors/canonical",
            &["tokio", "reqwest", "sea-orm", "tonic", "axum"],
        ),
        ("connectors/sdk", &["skarv-proto", "sea-orm", "tonic"]),
        (
            "control-plane/domain",
            &["tokio", "sea-orm", "tonic", "axum", "skarv-proto"],
        ),
        (
            "control-plane/store",
            &["tonic", "axum", "skarv-proto", "skarv-connector"],
        ),
        (
            "control-plane",
            &[
                "skarv-prestashop",
                "skarv-hogia-smart",
                "skarv-agent",
                "skarv-connector",
            ],
        ),
        (
            "agent",
            &["sea-orm", "skarv-domain", "skarv-store", "skarv-control-plane"],
        ),
    ];
    for (package, bans) in forbidden {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let own = manifest.split("[dev-dependencies]").next().unwrap();
        for ban in bans {
            let named = own
                .lines()
                .any(|line| line.starts_with(&format!("{ban}.")) || line.starts_with(&format!("{ban} ")));
            assert!(!named, "{package} may not depend on {ban}");
        }
    }
}

#[test]
fn the_tree_holds_no_path_of_a_machine() {
    let roots = ["work", "root", "home", "Users"].map(|folder| format!("/{folder}/"));
    for extension in ["rs", "proto", "toml", "md", "html", "css"] {
        let own = |_: &str, text: &str| {
            text.lines()
                .any(|line| roots.iter().any(|root| line.contains(root.as_str())))
        };
        let all = if ["rs", "toml", "md"].contains(&extension) {
            "."
        } else if extension == "proto" {
            "proto"
        } else {
            "control-plane"
        };
        assert_eq!(breaking(files(all, extension), own), [""; 0]);
    }
}
