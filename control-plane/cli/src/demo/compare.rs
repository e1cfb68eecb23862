//! Holds the two simulators' books against each other, and against what Skarv says it parked. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    books::{ErpBooks, ErpInvoice, ShopBooks, ShopOrder},
    refunds::{self, Refunds},
};

/// The shop's states that send an order, as the demo's flow has them: paid, paid at a distance.
const TRIGGERS: [u32; 2] = [2, 11];
/// The shop's state of a cancelled order.
const CANCELLED: u32 = 6;

/// An order that has not been in a state that sends it.
const NOT_PAID: &str = "not_in_trigger_state";

/// What the comparison needs besides the books.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The flow's start date.
    pub start_at: DateTime<Utc>,
    /// The shop's reference, the stem of every invoice's.
    pub shop_ref: String,
}

/// What Skarv says of a record that it did not deliver: the order's id to the reason's code.
pub type Parked = BTreeMap<String, String>;

/// The two ledgers, counted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Comparison {
    /// Orders in the shop's books.
    pub orders_in_shop: usize,
    /// Of those, what is to be invoiced by the flow's rules, faulty ones included.
    pub orders_eligible: usize,
    /// The rest, by reason.
    pub not_eligible: BTreeMap<&'static str, usize>,
    /// Invoices in the accounting system's books.
    pub invoices_in_erp: usize,
    /// Orders that should have an invoice and have none.
    pub missing: usize,
    /// Invoices beyond the first of an order.
    pub duplicates: usize,
    /// Invoices that belong to no order that was to be invoiced.
    pub unexpected: usize,
    /// Invoices of another amount or currency than their order.
    pub wrong_amount: usize,
    /// Invoices on which a payment is registered: those of orders paid by card or telephone.
    pub invoices_paid: usize,
    /// Of those, invoices that are not paid in full, or paid too much.
    pub paid_wrong: usize,
    /// What was given back, in both books.
    #[serde(flatten)]
    pub refunds: Refunds,
    /// Customer cards beyond the first of a number.
    pub duplicate_contacts: usize,
    /// Orders that wait for a person, by reason.
    pub parked: BTreeMap<String, usize>,
    /// Sum of the orders that should have an invoice, in the shop's own currency.
    pub sum_shop: String,
    /// Sum of the invoices in that currency.
    pub sum_erp: String,
    /// What is between the books, all currencies taken together without regard to sign.
    pub difference: String,
    /// Both sums in every other currency.
    pub other_currencies: BTreeMap<String, Sums>,
    /// What does not hold, in words. Empty when all is well.
    pub problems: Vec<String>,
}

/// Sums of one currency in both books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Of the orders.
    pub shop: String,
    /// Of the invoices.
    pub erp: String,
}

/// Why an order is not to be invoiced, by the flow's rules; `None` when it is.
pub(super) fn exempt(order: &ShopOrder, terms: &Terms) -> Option<&'static str> {
    if order.date_add < terms.start_at {
        Some("before_start_date")
    } else if order.current_state == CANCELLED {
        Some("cancelled")
    } else if !order.states.iter().any(|state| TRIGGERS.contains(state)) {
        Some(NOT_PAID)
    } else {
        None
    }
}

/// Articles that are ordered and not invoiced: of orders that wait, for a person or for their payment.
pub(super) fn open_demand(shop: &ShopBooks, terms: &Terms) -> BTreeMap<String, i64> {
    let mut open = BTreeMap::new();
    let waits = |order: &&ShopOrder| match exempt(order, terms) {
        None => order.faulty.is_some(),
        Some(why) => why == NOT_PAID,
    };
    for ordered in shop.orders.iter().filter(waits).flat_map(|order| &order.articles) {
        *open.entry(ordered.number.clone()).or_default() += ordered.quantity;
    }
    open
}

/// Holds the books against each other.
pub fn compare(shop: &ShopBooks, erp: &ErpBooks, parked: &Parked, terms: &Terms) -> Comparison {
    let (credits, invoices): (Vec<&ErpInvoice>, Vec<&ErpInvoice>) =
        erp.invoices.iter().partition(|invoice| invoice.credit);
    let mut found = Comparison {
        orders_in_shop: shop.orders.len(),
        invoices_in_erp: invoices.len(),
        invoices_paid: invoices.iter().filter(|invoice| is_paid(invoice)).count(),
        paid_wrong: invoices
            .iter()
            .filter(|i| is_paid(i) && !i.left.is_zero())
            .count(),
        refunds: refunds::compare(shop, &credits, &terms.shop_ref),
        ..Default::default()
    };
    let mut wanted = BTreeMap::new();
    let mut faulty = Parked::new();
    for order in &shop.orders {
        match (exempt(order, terms), &order.faulty) {
            (Some(why), _) => *found.not_eligible.entry(why).or_default() += 1,
            (None, Some(why)) => drop(faulty.insert(order.id.to_string(), why.clone())),
            (None, None) => drop(wanted.insert(format!("{}-{}", terms.shop_ref, order.id), order)),
        }
    }
    found.orders_eligible = wanted.len() + faulty.len();
    count_invoices(&mut found, &wanted, &invoices);
    let numbers: BTreeSet<_> = erp.contacts.iter().map(|c| &c.number).collect();
    found.duplicate_contacts = erp.contacts.len() - numbers.len();
    count_sums(&mut found, &wanted, shop, &invoices);
    for why in parked.values() {
        *found.parked.entry(why.clone()).or_default() += 1;
    }
    found.problems = problems(&found, &faulty, parked);
    found
}

fn is_paid(invoice: &ErpInvoice) -> bool {
    !invoice.paid.is_zero()
}

fn count_invoices(found: &mut Comparison, wanted: &BTreeMap<String, &ShopOrder>, invoices: &[&ErpInvoice]) {
    let mut seen = BTreeSet::new();
    for invoice in invoices {
        match wanted.get(&invoice.reference) {
            None => found.unexpected += 1,
            Some(_) if !seen.insert(&invoice.reference) => found.duplicates += 1,
            Some(order) if order.total != invoice.gross || order.currency != invoice.currency => {
                found.wrong_amount += 1
            }
            Some(_) => {}
        }
    }
    found.missing = wanted.len() - seen.len();
}

fn count_sums(
    found: &mut Comparison,
    wanted: &BTreeMap<String, &ShopOrder>,
    shop: &ShopBooks,
    invoices: &[&ErpInvoice],
) {
    let mut sums = BTreeMap::<&str, (Decimal, Decimal)>::new();
    sums.entry(&shop.default_currency).or_default();
    for order in wanted.values() {
        sums.entry(&order.currency).or_default().0 += order.total;
    }
    for invoice in invoices {
        sums.entry(&invoice.currency).or_default().1 += invoice.gross;
    }
    let difference: Decimal = sums.values().map(|(shop, erp)| (shop - erp).abs()).sum();
    found.difference = format!("{difference:.2}");
    for (currency, (ours, theirs)) in sums {
        let both = Sums {
            shop: format!("{ours:.2}"),
            erp: format!("{theirs:.2}"),
        };
        if currency == shop.default_currency {
            found.sum_shop = both.shop;
            found.sum_erp = both.erp;
        } else {
            found.other_currencies.insert(currency.to_owned(), both);
        }
    }
}

/// What must hold, and does not.
fn problems(found: &Comparison, faulty: &Parked, parked: &Parked) -> Vec<String> {
    let exempt: usize = found.not_eligible.values().sum();
    let parked_count: usize = found.parked.values().sum();
    let laws = [
        (
            found.orders_in_shop == found.orders_eligible + exempt,
            "orders in the shop = eligible + not eligible",
        ),
        (
            found.orders_eligible == found.invoices_in_erp + parked_count,
            "eligible = invoiced + parked",
        ),
        (
            parked == faulty,
            "parked orders are exactly those made faulty on purpose, for those reasons",
        ),
        (
            found.orders_eligible * 100 >= found.orders_in_shop * 80,
            "at least 80 % of the orders are eligible",
        ),
        (found.missing == 0, "no order is missing in the accounting system"),
        (found.duplicates == 0, "no order is invoiced twice"),
        (
            found.unexpected == 0,
            "every invoice belongs to an order that was to be invoiced",
        ),
        (
            found.wrong_amount == 0,
            "every invoice comes to what its order comes to",
        ),
        (
            found.paid_wrong == 0,
            "what is registered as paid is paid in full",
        ),
        (found.duplicate_contacts == 0, "no customer has two cards"),
        (found.difference == "0.00", "the two ledgers differ by 0.00"),
    ];
    let broken = laws
        .into_iter()
        .chain(found.refunds.laws())
        .filter(|(holds, _)| !holds)
        .map(|(_, law)| format!("does not hold: {law}"));
    broken.chain(strays(faulty, parked)).collect()
}

/// Orders that are parked and should not be, or the other way round, by id.
fn strays(faulty: &Parked, parked: &Parked) -> impl Iterator<Item = String> {
    let only_in = |one: &Parked, other: &Parked, what: &str| -> Vec<String> {
        let strays = one.iter().filter(|(id, why)| other.get(*id) != Some(why));
        strays
            .take(10)
            .map(|(id, why)| format!("order {id}: {what} {why}"))
            .collect()
    };
    let parked_only = only_in(parked, faulty, "parked, unexpectedly, for");
    parked_only
        .into_iter()
        .chain(only_in(faulty, parked, "not parked, though made faulty by"))
}

#[cfg(test)]
mod tests {
    use super::{super::books::*, *};

    fn order(id: u32, total: &str, states: &[u32]) -> ShopOrder {
        ShopOrder {
            id,
            reference: format!("R{id}"),
            customer_id: 1,
            date_add: "2026-11-20T10:00:00Z".parse().unwrap(),
            current_state: *states.last().unwrap(),
            states: states.to_vec(),
            total: total.parse().unwrap(),
            currency: "SEK".to_owned(),
            articles: Vec::new(),
            faulty: None,
        }
    }

    fn invoice(id: u32, gross: &str) -> ErpInvoice {
        ErpInvoice {
            reference: format!("abc123-{id}"),
            gross: gross.parse().unwrap(),
            currency: "SEK".to_owned(),
            credit: false,
            paid: Decimal::ZERO,
            left: gross.parse().unwrap(),
        }
    }

    fn compared(orders: Vec<ShopOrder>, invoices: Vec<ErpInvoice>, parked: &Parked) -> Comparison {
        let shop = ShopBooks {
            orders,
            slips: Vec::new(),
            default_currency: "SEK".to_owned(),
        };
        let terms = Terms {
            start_at: "2026-11-01T00:00:00Z".parse().unwrap(),
            shop_ref: "abc123".to_owned(),
        };
        compare(
            &shop,
            &ErpBooks {
                invoices,
                contacts: Vec::new(),
            },
            parked,
            &terms,
        )
    }

    #[test]
    fn equal_books_have_no_problem() {
        let found = compared(
            vec![order(1, "10.00", &[10, 2]), order(2, "5.50", &[2])],
            vec![invoice(1, "10.00"), invoice(2, "5.5")],
            &Parked::new(),
        );
        assert_eq!(found.problems, [""; 0]);
        assert_eq!(
            (found.sum_shop.as_str(), found.sum_erp.as_str()),
            ("15.50", "15.50")
        );
    }

    #[test]
    fn a_lost_a_doubled_and_a_skewed_invoice_are_each_noticed() {
        let orders = || vec![order(1, "10.00", &[2]), order(2, "5.50", &[2])];
        let lost = compared(orders(), vec![invoice(1, "10.00")], &Parked::new());
        assert_eq!((lost.missing, lost.difference.as_str()), (1, "5.50"));
        let doubled = compared(
            orders(),
            vec![invoice(1, "10.00"), invoice(1, "10.00"), invoice(2, "5.50")],
            &Parked::new(),
        );
        assert_eq!(doubled.duplicates, 1);
        let skewed = compared(
            orders(),
            vec![invoice(1, "10.01"), invoice(2, "5.49")],
            &Parked::new(),
        );
        assert_eq!((skewed.wrong_amount, skewed.difference.as_str()), (2, "0.00"));
        assert!(
            [lost, doubled, skewed]
                .iter()
                .all(|found| !found.problems.is_empty())
        );
    }

    #[test]
    fn an_order_parked_for_another_reason_than_its_fault_is_noticed() {
        let mut bad = order(1, "10.00", &[2]);
        bad.faulty = Some("sum_mismatch".to_owned());
        let parked = |why: &str| Parked::from([("1".to_owned(), why.to_owned())]);
        assert_eq!(
            compared(vec![bad.clone()], Vec::new(), &parked("sum_mismatch")).problems,
            [""; 0]
        );
        assert!(
            !compared(vec![bad], Vec::new(), &parked("no_rows"))
                .problems
                .is_empty()
        );
    }

    #[test]
    fn cancelled_and_unpaid_orders_are_not_expected() {
        let found = compared(
            vec![
                order(1, "1.00", &[2, 6]),
                order(2, "1.00", &[10]),
                order(3, "1.00", &[2]),
            ],
            vec![invoice(3, "1.00")],
            &Parked::new(),
        );
        assert_eq!(
            found.not_eligible,
            BTreeMap::from([("cancelled", 1), ("not_in_trigger_state", 1)])
        );
        assert_eq!(found.missing, 0);
    }
}
