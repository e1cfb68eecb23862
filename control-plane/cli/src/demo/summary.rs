//! What the demo says at its end: JSON for scripts, a table for people.

use comfy_table::{Cell, CellAlignment, Table, presets};
use serde::Serialize;

use super::{compare::Comparison, goods::Goods};

/// The whole summary. Its JSON form is stable.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The two ledgers, counted.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// Articles, where the demo carries them.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub goods: Option<Goods>,
    /// Requests to either system that were tried again.
    pub retries: u64,
    /// From switching the flow on until everything was settled, in milliseconds.
    pub elapsed_ms: u64,
    /// Orders read a second in that time.
    pub records_per_second: u64,
}

impl Summary {
    /// Whether everything holds.
    pub fn ok(&self) -> bool {
        self.comparison.problems.is_empty()
    }

    /// What went where, for people.
    pub fn table(&self) -> String {
        let found = &self.comparison;
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let mut line = |what: &str, figure: String| {
            table.add_row([
                Cell::new(what),
                Cell::new(figure).set_alignment(CellAlignment::Right),
            ]);
        };
        line("Orders in the shop", found.orders_in_shop.to_string());
        for (why, count) in &found.not_eligible {
            line(
                &format!("  not to be invoiced: {}", words(why)),
                count.to_string(),
            );
        }
        line("Orders to be invoiced", found.orders_eligible.to_string());
        line(
            "Invoices in the accounting system",
            found.invoices_in_erp.to_string(),
        );
        for (why, count) in &found.parked {
            line(
                &format!("  waiting for a person: {}", words(why)),
                count.to_string(),
            );
        }
        line(
            "  of those paid, and registered so",
            found.invoices_paid.to_string(),
        );
        line("Refunds in the shop", found.refunds.refunds_in_shop.to_string());
        line(
            "Credit notes in the accounting system",
            found.refunds.credit_notes_in_erp.to_string(),
        );
        line("Missing", found.missing.to_string());
        line("Invoiced twice", found.duplicates.to_string());
        line("Sum in the shop", format!("{} SEK", found.sum_shop));
        line("Sum in the accounting system", format!("{} SEK", found.sum_erp));
        for (currency, sums) in &found.other_currencies {
            line(
                &format!("  and in {currency}, shop and accounting"),
                format!("{} and {}", sums.shop, sums.erp),
            );
        }
        line("Difference between the ledgers", found.difference.clone());
        for (stream, counts) in self.goods.iter().flat_map(|goods| &goods.streams) {
            let figures = format!(
                "{} read, {} written, {} unchanged, {} waiting for a person",
                counts.read, counts.written, counts.unchanged, counts.parked
            );
            line(&format!("Stream {stream}"), figures);
        }
        if let Some(goods) = &self.goods {
            line(
                "Articles in both systems",
                goods.articles.articles_shared.to_string(),
            );
            line("Writes of the second pass", goods.second_pass_writes.to_string());
        }
        line("Requests tried again", self.retries.to_string());
        line(
            "Time",
            format!(
                "{:.1} s, {} orders/s",
                self.elapsed_ms as f64 / 1000.0,
                self.records_per_second
            ),
        );
        table.to_string()
    }
}

fn words(code: &str) -> String {
    code.replace('_', " ")
}
