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
        let mut table = Lines::default();
        self.orders(&mut table);
        self.sums(&mut table);
        self.articles(&mut table);
        table.line("Requests tried again", self.retries);
        let seconds = self.elapsed_ms as f64 / 1000.0;
        table.line(
            "Time",
            format!("{seconds:.1} s, {} orders/s", self.records_per_second),
        );
        table.0.to_string()
    }

    fn orders(&self, table: &mut Lines) {
        let found = &self.comparison;
        table.line("Orders in the shop", found.orders_in_shop);
        for (why, count) in &found.not_eligible {
            table.line(&format!("  not to be invoiced: {}", words(why)), count);
        }
        table.line("Orders to be invoiced", found.orders_eligible);
        table.line("Invoices in the accounting system", found.invoices_in_erp);
        for (why, count) in &found.parked {
            table.line(&format!("  waiting for a person: {}", words(why)), count);
        }
        table.line("  paid, and registered so", found.invoices_paid);
        table.line("Refunds in the shop", found.refunds.refunds_in_shop);
        table.line(
            "Credit notes in the accounting system",
            found.refunds.credit_notes_in_erp,
        );
        table.line("Missing", found.missing);
        table.line("Invoiced twice", found.duplicates);
    }

    fn sums(&self, table: &mut Lines) {
        let found = &self.comparison;
        table.line("Sum in the shop", format!("{} SEK", found.sum_shop));
        table.line("Sum in the accounting system", format!("{} SEK", found.sum_erp));
        for (currency, sums) in &found.other_currencies {
            table.line(
                &format!("  and in {currency}, shop and accounting"),
                format!("{} and {}", sums.shop, sums.erp),
            );
        }
        table.line("Difference between the ledgers", &found.difference);
    }

    fn articles(&self, table: &mut Lines) {
        let Some(goods) = &self.goods else {
            return;
        };
        for (stream, counts) in &goods.streams {
            let figures = format!(
                "{} read, {} written, {} unchanged, {} waiting for a person",
                counts.read, counts.written, counts.unchanged, counts.parked
            );
            table.line(&format!("Stream {stream}"), figures);
        }
        table.line("Articles in both systems", goods.articles.articles_shared);
        table.line("Writes of the second pass", goods.second_pass_writes);
    }
}

/// A table of two columns: what, and how much.
struct Lines(Table);

impl Default for Lines {
    fn default() -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        Self(table)
    }
}

impl Lines {
    fn line(&mut self, what: &str, figure: impl std::fmt::Display) {
        self.0.add_row([
            Cell::new(what),
            Cell::new(figure).set_alignment(CellAlignment::Right),
        ]);
    }
}

fn words(code: &str) -> String {
    code.replace('_', " ")
}
