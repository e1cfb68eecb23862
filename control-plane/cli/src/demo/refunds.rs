//! Refunds of the demo: a clerk gives some orders back, and the books must show a credit note for each. Pure but for the clerk.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

use super::books::{Admin, ErpInvoice, ShopBooks, ShopOrder, ShopSlip};

/// Every so many orders that were invoiced, one is given back.
const EVERY: usize = 25;

/// What a shop that rounds a slip in another way than the order it takes back from may be off by.
const TWO_ORE: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// Refunds and credit notes, counted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Refunds {
    /// Credit slips in the shop's books.
    pub refunds_in_shop: usize,
    /// Credit notes in the accounting system's books.
    pub credit_notes_in_erp: usize,
    /// Slips without a credit note.
    pub credits_missing: usize,
    /// Credit notes beyond the first of a slip, or of no slip.
    pub credits_unexpected: usize,
    /// Credit notes that differ from their slip by more than rounding.
    pub credits_wrong: usize,
}

/// Gives back some of these orders: in turn one piece of the first row, and everything there is.
pub(super) async fn give_back(shop: &Admin, orders: &[&ShopOrder], now: DateTime<Utc>) -> anyhow::Result<()> {
    for (turn, order) in orders.iter().step_by(EVERY).enumerate() {
        let slip = if turn % 2 == 0 {
            json!({ "rows": [{ "row": 1, "quantity": 1 }], "now": now })
        } else {
            json!({ "everything": true, "now": now })
        };
        let path = format!("orders/{}/slips", order.id);
        shop.post::<serde_json::Value>(&path, &slip)
            .await
            .with_context(|| format!("giving back order {}", order.id))?;
    }
    Ok(())
}

/// Holds slips and credit notes against each other. `credits` are the documents that are no order's invoice.
pub(super) fn compare(shop: &ShopBooks, credits: &[&ErpInvoice], shop_ref: &str) -> Refunds {
    let slips: BTreeMap<String, &ShopSlip> = shop
        .slips
        .iter()
        .map(|slip| (format!("{shop_ref}-{}-R{}", slip.order_id, slip.id), slip))
        .collect();
    let mut found = Refunds {
        refunds_in_shop: slips.len(),
        credit_notes_in_erp: credits.len(),
        ..Refunds::default()
    };
    let mut seen = std::collections::BTreeSet::new();
    for credit in credits {
        match slips.get(&credit.reference) {
            Some(slip) if seen.insert(&credit.reference) => {
                let off = (slip.given + credit.gross).abs() > TWO_ORE || slip.currency != credit.currency;
                found.credits_wrong += usize::from(off);
            }
            Some(_) | None => found.credits_unexpected += 1,
        }
    }
    found.credits_missing = slips.len() - seen.len();
    found
}

impl Refunds {
    /// What must hold, and whether it does.
    pub(super) fn laws(&self) -> [(bool, &'static str); 3] {
        [
            (self.credits_missing == 0, "every refund has a credit note"),
            (self.credits_unexpected == 0, "no refund is credited twice"),
            (
                self.credits_wrong == 0,
                "every credit note comes to what its refund gave back",
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slip(id: u32, order_id: u32, given: &str) -> ShopSlip {
        ShopSlip {
            id,
            order_id,
            given: given.parse().unwrap(),
            currency: "SEK".to_owned(),
        }
    }

    fn credit(reference: &str, gross: &str) -> ErpInvoice {
        ErpInvoice {
            reference: reference.to_owned(),
            gross: gross.parse().unwrap(),
            currency: "SEK".to_owned(),
            credit: true,
            paid: Decimal::ZERO,
            left: gross.parse().unwrap(),
        }
    }

    fn compared(slips: Vec<ShopSlip>, credits: &[ErpInvoice]) -> Refunds {
        let shop = ShopBooks {
            orders: Vec::new(),
            slips,
            default_currency: "SEK".to_owned(),
        };
        let credits: Vec<&ErpInvoice> = credits.iter().collect();
        compare(&shop, &credits, "abc123")
    }

    fn holds(found: &Refunds) -> bool {
        found.laws().iter().all(|(holds, _)| *holds)
    }

    #[test]
    fn a_slip_and_its_credit_note_agree_give_or_take_rounding() {
        let slips = || vec![slip(1, 7, "50.00"), slip(2, 7, "20.00")];
        let agree = [credit("abc123-7-R1", "-50.00"), credit("abc123-7-R2", "-19.98")];
        assert!(holds(&compared(slips(), &agree)));
        let off = [credit("abc123-7-R1", "-50.00"), credit("abc123-7-R2", "-19.97")];
        assert_eq!(compared(slips(), &off).credits_wrong, 1);
    }

    #[test]
    fn a_missing_a_doubled_and_a_strange_credit_note_are_noticed() {
        let slips = || vec![slip(1, 7, "50.00")];
        assert_eq!(compared(slips(), &[]).credits_missing, 1);
        let twice = [credit("abc123-7-R1", "-50.00"), credit("abc123-7-R1", "-50.00")];
        assert_eq!(compared(slips(), &twice).credits_unexpected, 1);
        let strange = [credit("abc123-7-R1", "-50.00"), credit("abc123-8-R9", "-1.00")];
        assert_eq!(compared(slips(), &strange).credits_unexpected, 1);
    }
}
