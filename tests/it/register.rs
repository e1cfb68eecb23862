//! The data register on file is the one that the connectors and the mapping give.

use std::fs;

use skarv_tests::register;

use crate::tidy::root;

#[test]
fn the_data_register_on_file_is_what_travels() {
    let on_file = fs::read_to_string(root().join("docs/data-register.md")).unwrap();
    assert!(
        on_file == register::page(),
        "write it anew: cargo run -q -p skarv-tests --bin data_register > docs/data-register.md"
    );
}
