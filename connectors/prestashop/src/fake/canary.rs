//! Secrets that a real shop hands out with its customers, made recognisable.
//!
//! A test that searches logs, events and stored rows for [`CANARIES`] proves that none of them was kept.

/// Fragments that must never be seen outside an answer of the shop.
pub const CANARIES: [&str; 3] = ["kanariefagel", "5ec2e700c0ffee", "kakanarie"];

pub(crate) const PASSWD: &str = "$2y$10$kanariefagelSomAldrigFarSynasILoggar00000000000000000";

pub(crate) const COOKIE: &str =
    "PrestaShop-8a1fkakanarie=def50200kakanarie0000; Max-Age=1728000; path=/; HttpOnly; SameSite=Lax";

pub(crate) fn secure_key(customer: u32) -> String {
    format!("5ec2e700c0ffee{customer:018x}")
}
