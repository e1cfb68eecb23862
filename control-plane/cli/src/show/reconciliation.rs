//! Both systems compared over a period, as a bookkeeper reads it: sums by day and rate, sums in all, then what differs by order
//! number with what to do.

use comfy_table::CellAlignment;
use skarv_proto::v1 as pb;

use super::{
    table,
    words::{fix, message},
};
use crate::config::Lang;

/// Columns from this one on are figures.
const FIGURES: usize = 2;

/// The whole telling.
pub(crate) fn reconciliation(told: &pb::Reconciliation, lang: Lang) -> String {
    let mut parts = vec![
        format!(
            "{} {} – {}",
            say(lang, "Orderkontroll", "Reconciliation"),
            told.from,
            told.to
        ),
        sums(told, lang),
        verdict(told, lang),
    ];
    parts.extend(told.differences.iter().map(|one| difference(one, lang)));
    parts.join("\n\n")
}

fn say(lang: Lang, sv: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Sv => sv,
        Lang::En => en,
    }
}

fn sums(told: &pb::Reconciliation, lang: Lang) -> String {
    let mut table = table::plain(vec![
        say(lang, "dag", "day"),
        say(lang, "valuta", "currency"),
        say(lang, "moms %", "VAT %"),
        say(lang, "i butiken", "in shop"),
        say(lang, "brutto", "gross"),
        say(lang, "moms", "VAT"),
        say(lang, "bokfört", "in books"),
        say(lang, "brutto", "gross"),
        say(lang, "moms", "VAT"),
        "",
    ]);
    for column in table.column_iter_mut().skip(FIGURES) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for day in &told.days {
        let head = [&day.date, &day.currency_code, &day.rate];
        table.add_row(row(head, day.source.as_ref(), day.target.as_ref(), lang));
    }
    let (all, every) = (say(lang, "summa", "in all").to_owned(), String::new());
    for sum in &told.currencies {
        let head = [&all, &sum.currency_code, &every];
        table.add_row(row(head, sum.source.as_ref(), sum.target.as_ref(), lang));
    }
    table::text(&table)
}

fn row(
    head: [&String; 3],
    source: Option<&pb::ReconciledSums>,
    target: Option<&pb::ReconciledSums>,
    lang: Lang,
) -> Vec<String> {
    let figures = |sums: Option<&pb::ReconciledSums>| {
        let sums = sums.cloned().unwrap_or_default();
        [sums.count.to_string(), sums.gross, sums.tax]
    };
    let (source, target) = (figures(source), figures(target));
    // tax may be an öre apart by how each system rounds: what is more stands among the differences
    let mark = if source[..2] == target[..2] {
        ""
    } else {
        say(lang, "skiljer", "differs")
    };
    let head = head.into_iter().cloned();
    head.chain(source)
        .chain(target)
        .chain([mark.to_owned()])
        .collect()
}

fn verdict(told: &pb::Reconciliation, lang: Lang) -> String {
    let left_out = usize::try_from(told.differences_left_out).unwrap_or(usize::MAX);
    let count = told.differences.len().saturating_add(left_out);
    match (count, left_out) {
        (0, _) => say(
            lang,
            "Inget skiljer: varje order står i bokföringen som den ska.",
            "Nothing differs: every order stands in the books as it should.",
        )
        .to_owned(),
        (_, 0) => format!("{} {count}", say(lang, "Skillnader:", "Differences:")),
        _ => {
            let here = say(lang, "De första visas här.", "The first of them are told here.");
            format!("{} {count}. {here}", say(lang, "Skillnader:", "Differences:"))
        }
    }
}

fn difference(one: &pb::Difference, lang: Lang) -> String {
    let name = if one.order_number.is_empty() {
        &one.reference
    } else {
        &one.order_number
    };
    let reason = one.reason.clone().unwrap_or_default();
    let mut lines = vec![format!("{name}  {}  {}", one.date, one.code)];
    lines.push(format!("  {}", message(&reason, lang)));
    for tax in &one.taxes {
        let rate = say(lang, "moms", "VAT");
        let (shop, books) = (say(lang, "butiken", "shop"), say(lang, "bokfört", "books"));
        lines.push(format!(
            "  {rate} {} %: {shop} {}, {books} {}",
            tax.rate, tax.source, tax.target
        ));
    }
    if let Some(why) = &one.why {
        lines.push(format!("  {}", message(why, lang)));
    }
    let advice = one
        .why
        .as_ref()
        .map(|why| fix(why, lang))
        .filter(|fix| !fix.is_empty());
    lines.push(format!("  {}", advice.unwrap_or_else(|| fix(&reason, lang))));
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(count: u64, gross: &str, tax: &str) -> Option<pb::ReconciledSums> {
        Some(pb::ReconciledSums {
            count,
            gross: gross.to_owned(),
            tax: tax.to_owned(),
        })
    }

    fn told() -> pb::Reconciliation {
        pb::Reconciliation {
            from: "2026-11-01".to_owned(),
            to: "2026-11-02".to_owned(),
            currencies: vec![pb::ReconciledCurrency {
                currency_code: "SEK".to_owned(),
                source: sums(3, "1375.00", "275.00"),
                target: sums(2, "1250.00", "250.00"),
            }],
            days: vec![
                pb::ReconciledDay {
                    date: "2026-11-01".to_owned(),
                    currency_code: "SEK".to_owned(),
                    rate: "25".to_owned(),
                    source: sums(2, "1250.00", "250.00"),
                    target: sums(2, "1250.00", "250.00"),
                },
                pb::ReconciledDay {
                    date: "2026-11-02".to_owned(),
                    currency_code: "SEK".to_owned(),
                    rate: "25".to_owned(),
                    source: sums(1, "125.00", "25.00"),
                    target: sums(0, "0.00", "0.00"),
                },
            ],
            differences: vec![pb::Difference {
                code: "missing".to_owned(),
                order_number: "XKBKNABJK".to_owned(),
                date: "2026-11-02".to_owned(),
                reason: Some(pb::Reason {
                    message_en: "Order XKBKNABJK is not in the books.".to_owned(),
                    fix_en: "Send it.".to_owned(),
                    ..pb::Reason::default()
                }),
                ..pb::Difference::default()
            }],
            differences_left_out: 0,
        }
    }

    #[test]
    fn sums_line_up_and_what_differs_is_told_by_order_number() {
        insta::assert_snapshot!(reconciliation(&told(), Lang::En), @"
        Reconciliation 2026-11-01 – 2026-11-02

        day         currency  VAT %  in shop    gross     VAT  in books    gross     VAT
        2026-11-01  SEK          25        2  1250.00  250.00         2  1250.00  250.00
        2026-11-02  SEK          25        1   125.00   25.00         0     0.00    0.00  differs
        in all      SEK                    3  1375.00  275.00         2  1250.00  250.00  differs

        Differences: 1

        XKBKNABJK  2026-11-02  missing
          Order XKBKNABJK is not in the books.
          Send it.
        ");
    }

    #[test]
    fn a_period_that_agrees_says_so() {
        let agrees = pb::Reconciliation {
            differences: Vec::new(),
            ..told()
        };
        assert!(reconciliation(&agrees, Lang::Sv).contains("Inget skiljer"));
    }

    #[test]
    fn differences_that_are_not_told_are_counted() {
        let many = pb::Reconciliation {
            differences_left_out: 7,
            ..told()
        };
        assert!(reconciliation(&many, Lang::En).contains("Differences: 8."));
    }
}
