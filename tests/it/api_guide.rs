//! `proto/README.md` is what partners program by, so what it says of every reason and every RPC is held against the code.
//!
//! That the walk it describes works is shown by `tests/clients/python`, which needs Python and is run by itself.

use std::{collections::BTreeSet, fs};

use prost::Message;
use prost_types::FileDescriptorSet;

use crate::tidy::{code, files, root};

fn guide() -> String {
    fs::read_to_string(root().join("proto/README.md")).unwrap()
}

/// The first cells of the table rows below this heading row.
fn first_cells<'a>(guide: &'a str, heading: &'a str) -> impl Iterator<Item = &'a str> {
    let rows = guide.split(heading).skip(1).flat_map(|after| {
        let table = after.lines().skip(1).take_while(|line| line.starts_with('|'));
        table.filter(|line| !line.starts_with("|---"))
    });
    rows.filter_map(|row| row.split('|').nth(1))
}

/// The words in code style, each as often as it stands there.
fn words(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The texts in quotes on a line that read like a reason. Settings of the environment do, too, and are none.
fn reasons_on(line: &str) -> impl Iterator<Item = &str> {
    let loud = |text: &&str| text.len() > 4 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let setting = |text: &str| {
        ["SKARV_", "CARGO_", "RUST_"]
            .iter()
            .any(|own| text.starts_with(own))
    };
    line.split('"')
        .skip(1)
        .step_by(2)
        .filter(loud)
        .filter(move |text| !setting(text))
}

/// Every reason that the control plane can give. Outside the one place that makes a status they are of several words.
fn reasons_in_the_sources() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, text) in files("control-plane", "rs") {
        let product = !name.contains("/tests") && !name.starts_with("control-plane/cli");
        let own = text
            .split("#[cfg(test)]")
            .next()
            .filter(|_| product)
            .unwrap_or_default();
        let reasons = code(own).flat_map(reasons_on);
        let of_status = name.ends_with("src/grpc/status.rs");
        found.extend(
            reasons
                .filter(|r| of_status || r.contains('_'))
                .map(str::to_owned),
        );
    }
    assert!(
        found.len() > 20,
        "reasons are not found where they stand: {found:?}"
    );
    found
}

/// Both name the same, and the guide names each once.
fn agree(told: &[String], real: &BTreeSet<String>) {
    let names: BTreeSet<_> = told.iter().cloned().collect();
    assert_eq!(
        names.len(),
        told.len(),
        "named twice in proto/README.md: {told:?}"
    );
    let missing: Vec<_> = real.difference(&names).collect();
    assert_eq!(missing, [""; 0], "not in proto/README.md");
    let gone: Vec<_> = names.difference(real).collect();
    assert_eq!(gone, [""; 0], "in proto/README.md and nowhere else");
}

#[test]
fn every_reason_is_explained_to_partners_and_no_other() {
    let guide = guide();
    let explained: Vec<_> = first_cells(&guide, "| reason |").flat_map(words).collect();
    agree(&explained, &reasons_in_the_sources());
}

#[test]
fn of_every_rpc_partners_are_told_whether_it_may_be_sent_again() {
    let set = FileDescriptorSet::decode(skarv_proto::DESCRIPTOR_SET).unwrap();
    let ours = set.file.iter().filter(|file| file.package() == "skarv.v1");
    let rpcs = ours
        .flat_map(|file| &file.service)
        .flat_map(|service| &service.method);
    let rpcs = rpcs.map(|method| method.name().to_owned()).collect();
    let guide = guide();
    let told: Vec<_> = first_cells(&guide, "| calls |").flat_map(words).collect();
    agree(&told, &rpcs);
}

#[test]
fn a_reason_is_told_from_other_texts() {
    let line = r#"refused("API_KEY_X", "has ended", env = "SKARV_LISTEN", "GET")"#;
    assert_eq!(reasons_on(line).collect::<Vec<_>>(), ["API_KEY_X"]);
}
