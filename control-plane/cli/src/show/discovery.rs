//! What a system has to choose from, one table a list, and which fields travel between two systems.

use std::collections::BTreeSet;

use skarv_proto::v1 as pb;

use super::{table, words::time};
use crate::config::Lang;

/// Every list under its name.
pub(crate) fn discovery(found: &pb::Discovery, lang: Lang) -> String {
    let read = match lang {
        Lang::Sv => "läst",
        Lang::En => "read",
    };
    let read = format!("{read} {}", time(found.discover_time.as_ref()));
    let mut parts = vec![read.trim_end().to_owned()];
    parts.extend(found.lists.iter().map(|found| list(found, lang)));
    parts.join("\n\n")
}

fn list(list: &pb::DiscoveredList, lang: Lang) -> String {
    let facts: BTreeSet<&str> = list
        .values
        .iter()
        .flat_map(|value| value.facts.keys())
        .map(String::as_str)
        .collect();
    let title = match lang {
        Lang::Sv => "namn",
        Lang::En => "title",
    };
    let heads = facts.iter().map(|fact| named(fact, lang));
    let mut rows = table::plain(["id", title].into_iter().chain(heads).collect());
    for value in &list.values {
        let of = |fact: &&str| {
            value
                .facts
                .get(*fact)
                .map_or("", |text| plain(text, lang))
                .to_owned()
        };
        let head = [value.id.clone(), value.title.clone()].into_iter();
        rows.add_row(head.chain(facts.iter().map(of)));
    }
    // the name is what --list takes
    let name = match named(&list.name, lang) {
        same if same == list.name => list.name.clone(),
        words => format!("{words} ({})", list.name),
    };
    format!("{name}\n{}", table::text(&rows))
}

/// A list or a fact as people of a language call it; what is not known stays as it is.
fn named(name: &str, lang: Lang) -> &str {
    match (lang, name) {
        (Lang::En, _) => name,
        (Lang::Sv, "order_states") => "orderstatusar",
        (Lang::Sv, "languages") => "språk",
        (Lang::Sv, "currencies") => "valutor",
        (Lang::Sv, "carriers") => "fraktsätt",
        (Lang::Sv, "tax_groups") => "momsgrupper",
        (Lang::Sv, "customer_groups") => "kundgrupper",
        (Lang::Sv, "shops") => "butiker",
        (Lang::Sv, "payment_modules") => "betalmoduler",
        (Lang::Sv, "accounts") => "konton",
        (Lang::Sv, "vat_codes") => "momskoder",
        (Lang::Sv, "fiscal_years") => "räkenskapsår",
        (Lang::Sv, "paid") => "betald",
        (Lang::Sv, "shipped") => "skickad",
        (Lang::Sv, "delivered") => "levererad",
        (Lang::Sv, "invoice") => "faktura",
        (Lang::Sv, "logable") => "räknas som sålt",
        (Lang::Sv, "mail") => "mejl",
        (Lang::Sv, "ends") => "avslutar",
        (Lang::Sv, "active") => "aktiv",
        (Lang::Sv, "code") => "kod",
        (Lang::Sv, "default") => "förvald",
        (Lang::Sv, "tracking_url") => "spårning",
        (Lang::Sv, "rate" | "percent") => "procent",
        (Lang::Sv, "vat_percent") => "momsprocent",
        (Lang::Sv, "prices") => "priser",
        (Lang::Sv, "reduction") => "rabatt",
        (Lang::Sv, "capture") => "debiterar",
        (Lang::Sv, "account") => "konto",
        (Lang::Sv, "from") => "från",
        (Lang::Sv, "to") => "till",
        (Lang::Sv, "closed") => "stängt",
        (Lang::Sv, other) => other,
    }
}

/// A fact as it is read: no is a dash, so that yes stands out.
fn plain(text: &str, lang: Lang) -> &str {
    match (text, lang) {
        ("false", _) => "–",
        ("true", Lang::Sv) => "ja",
        ("true", Lang::En) => "yes",
        ("cancelled", Lang::Sv) => "avbruten",
        ("refunded", Lang::Sv) => "återbetald",
        ("error", Lang::Sv) => "fel",
        ("unknown", Lang::Sv) => "okänt",
        ("on_state", Lang::Sv) => "vid status",
        ("not_on_state", Lang::Sv) => "inte vid status",
        ("on_state", Lang::En) => "on a state",
        ("not_on_state", Lang::En) => "not on a state",
        ("with_tax", Lang::Sv) => "med moms",
        ("without_tax", Lang::Sv) => "utan moms",
        ("with_tax", Lang::En) => "with tax",
        ("without_tax", Lang::En) => "without tax",
        (other, _) => other,
    }
}

/// The data register: one row a field.
pub(crate) fn register(register: &pb::GetDataRegisterResponse) -> String {
    let mut rows = table::plain(vec![
        "stream", "from", "field", "in Skarv", "to", "field", "personal",
    ]);
    for field in &register.fields {
        rows.add_row([
            field.stream.as_str(),
            &field.source,
            &field.source_field,
            &field.field,
            &field.target,
            &field.target_field,
            if field.personal { "yes" } else { "" },
        ]);
    }
    table::text(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_column_for_each_fact() {
        let value = |id: &str, title: &str, paid: Option<&str>| pb::DiscoveredValue {
            id: id.to_owned(),
            title: title.to_owned(),
            facts: paid
                .map(|yes| ("paid".to_owned(), yes.to_owned()))
                .into_iter()
                .collect(),
        };
        let found = pb::Discovery {
            lists: vec![pb::DiscoveredList {
                name: "order_states".to_owned(),
                values: vec![value("2", "Betald", Some("true")), value("12", "Egen", None)],
            }],
            discover_time: None,
        };
        insta::assert_snapshot!(discovery(&found, Lang::En), @"
        read

        order_states
        id  title   paid
        2   Betald  yes
        12  Egen
        ");
        insta::assert_snapshot!(discovery(&found, Lang::Sv), @"
        läst

        orderstatusar (order_states)
        id  namn    betald
        2   Betald  ja
        12  Egen
        ");
    }
}
