//! Keys that are shown once: alone on stdout, or in a file and nowhere else.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::world::World;

#[tokio::test]
async fn a_new_key_stands_alone_on_stdout_and_opens() {
    let world = World::without_agent(1).await;
    world
        .json(&["partners", "create", "byran", "--display-name", "Byrån AB"])
        .await;
    let made = world
        .skarv(&[
            "keys",
            "create",
            "--partner",
            "byran",
            "--display-name",
            "nightly",
        ])
        .await;
    let secret = made.stdout.trim_end();
    assert!(
        secret.starts_with("skarv_key_") && !secret.contains(char::is_whitespace),
        "{made:?}"
    );
    assert!(!made.stderr.contains(secret));
    let file = world.file("partner.key", secret);
    let who = world
        .skarv_as(&file, &["whoami", "--output", "json"])
        .await
        .json();
    assert_eq!(who["role"], "partner");
    let listed = world.skarv(&["keys", "list", "--partner", "byran"]).await;
    assert!(listed.stdout.contains("nightly") && !listed.stdout.contains(secret));
}

#[tokio::test]
async fn a_key_for_a_script_has_a_field_of_its_own_and_ends_when_it_is_revoked() {
    let world = World::without_agent(1).await;
    let made = world.json(&["keys", "create", "--display-name", "mine"]).await;
    let file = world.file("mine.key", made["secret"].as_str().unwrap());
    assert_eq!(world.skarv_as(&file, &["whoami"]).await.code, 0);
    let name = made["api_key"]["name"].as_str().unwrap();
    let revoked = world.json(&["keys", "revoke", name]).await;
    assert_eq!(revoked["state"], "API_KEY_STATE_REVOKED");
    let refused = world.skarv_as(&file, &["whoami"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("Check the API key"), "{refused:?}");
}

#[tokio::test]
async fn a_secret_that_goes_to_a_file_is_on_no_output() {
    let world = World::without_agent(1).await;
    for (name, words) in [
        ("rotated.key", &["keys", "rotate"][..]),
        ("pool.token", &["pools", "token", "default"]),
    ] {
        let path = world.path(name);
        let path = path.to_str().unwrap();
        let mut words = words.to_vec();
        let made = world.json(&["keys", "create", "--display-name", "old"]).await;
        if words == ["keys", "rotate"] {
            words.push(made["api_key"]["name"].as_str().unwrap());
        }
        for output in ["json", "table"] {
            fs::remove_file(path).ok();
            let answer = world
                .skarv(&[&words[..], &["--secret-file", path, "--output", output]].concat())
                .await;
            if output == "table" && words[0] == "keys" {
                // replaced before: nothing is made, and no empty file stays
                assert!(answer.code == 1 && !fs::exists(path).unwrap(), "{answer:?}");
                continue;
            }
            let secret = fs::read_to_string(path).unwrap();
            let said = answer.stdout.contains(secret.trim()) || answer.stderr.contains(secret.trim());
            assert!(secret.starts_with("skarv_") && !said, "{answer:?}");
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

#[tokio::test]
async fn a_secret_file_that_exists_is_left_alone_and_no_key_is_made() {
    let world = World::without_agent(1).await;
    let file = world.file("there", "precious");
    let refused = world
        .skarv(&["keys", "create", "--display-name", "x", "--secret-file", &file])
        .await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious\n");
    let keys = world.json(&["keys", "list"]).await;
    assert_eq!(keys["api_keys"].as_array().unwrap().len(), 1);
}
