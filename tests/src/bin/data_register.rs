//! Prints the data register of PrestaShop and Hogia Smart as `docs/data-register.md` has it.

#![allow(clippy::print_stdout, reason = "the page is what it is for")]

fn main() {
    print!("{}", skarv_tests::register::page());
}
