//! Orders and refunds that a shop computes for itself, in every way that it may round: they always add up.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use skarv_canonical::{
    invoice::{Invoice, InvoiceRow, RowKind},
    refund::{Slip, SlipKind, SlipLine},
    vat::VatRate,
};

use crate::{
    shop::{Cart, Goods, Halves, Rounds, Shipping, Sold, Voucher, ore},
    world,
};

/// Fine parts of a millionth in a krona, in which the shop keeps what is exact.
const FINE_KRONA: i128 = 1_000_000_000_000;

pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn goods() -> impl Strategy<Value = Goods> {
    let price = prop_oneof![
        1 => 1_000_i128..300_000,
        4 => 1_000_000_i128..2_000_000_000,
        // prices with öre and no more
        3 => (1_i128..200_000).prop_map(|ore| ore * 10_000),
    ];
    let pieces = prop_oneof![3 => 1_i128..4, 1 => 1_i128..40];
    (price, prop::sample::select(vec![25, 12, 6, 0]), pieces).prop_map(|(net, rate, pieces)| Goods {
        net,
        rate,
        pieces,
    })
}

fn voucher() -> impl Strategy<Value = Voucher> {
    prop_oneof![
        (1_i128..=100).prop_map(Voucher::Percent),
        (1_i128..20_000).prop_map(Voucher::Gross),
        (1_i128..20_000).prop_map(Voucher::Net),
        Just(Voucher::FreeShipping),
        (1_i128..50).prop_map(Voucher::PercentAndFreeShipping),
        (0_usize..8, 1_i128..=100).prop_map(|(row, percent)| Voucher::OfRow(row, percent)),
        (1_i128..=100).prop_map(Voucher::OfCheapest),
        (any::<u8>(), 1_i128..=100).prop_map(|(rows, percent)| Voucher::OfSelection(rows, percent)),
        (0_usize..8).prop_map(Voucher::Gift),
    ]
}

fn shipping() -> impl Strategy<Value = Shipping> {
    prop_oneof![
        Just(Shipping::Free),
        (100_i128..20_000, prop::sample::select(vec![25, 0]))
            .prop_map(|(net, rate)| Shipping::AtRate(net, rate)),
        (100_i128..20_000).prop_map(Shipping::Average),
    ]
}

pub(crate) fn cart() -> impl Strategy<Value = Cart> {
    let rounds = prop::sample::select(vec![Rounds::Piece, Rounds::Row, Rounds::Total]);
    let halves = prop::sample::select(vec![Halves::Up, Halves::ToEven]);
    let wrapping = prop::option::weighted(0.2, 100_i128..5_000);
    let vouchers = prop_oneof![Just(Vec::new()), prop::collection::vec(voucher(), 0..4)];
    let goods = prop::collection::vec(goods(), 1..8);
    (
        rounds,
        halves,
        any::<bool>(),
        goods,
        shipping(),
        wrapping,
        vouchers,
    )
        .prop_map(
            |(rounds, halves, euro, goods, shipping, wrapping, vouchers)| Cart {
                rounds,
                halves,
                euro,
                goods,
                shipping,
                wrapping,
                vouchers,
            },
        )
}

fn fine(amount: Decimal) -> i128 {
    (amount * Decimal::from(FINE_KRONA)).to_i128().unwrap()
}

/// The tax in a gross amount, in fine parts.
fn tax(gross: i128, rate: i128) -> i128 {
    gross * rate / (100 + rate)
}

/// How far the tax of an invoice's rows at a rate is from the exact one, and at how many rows.
fn tax_off(sold: &Sold, invoice: &Invoice, rate: i128) -> (i128, i128) {
    let of_rate = VatRate::percent(Decimal::from(rate));
    let rows: Vec<_> = invoice.rows.iter().filter(|row| row.rate == of_rate).collect();
    let gross: Decimal = rows.iter().map(|row| row.gross).sum();
    let off = tax(fine(gross), rate) - tax(sold.exact[&rate], rate);
    (off.abs(), rows.len() as i128)
}

/// What of an invoice a row is: rows of goods by article, fees and discounts by name and rate.
type Place = (String, String, String, VatRate, u32);

fn place(row: &InvoiceRow) -> Place {
    (
        format!("{:?}", row.kind),
        row.sku.clone(),
        row.text.clone(),
        row.rate,
        row.account,
    )
}

/// Gross and pieces of each place.
fn by_place<'a>(rows: impl Iterator<Item = &'a InvoiceRow>) -> BTreeMap<Place, (Decimal, u32)> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let sum: &mut (Decimal, u32) = sums.entry(place(row)).or_default();
        *sum = (sum.0 + row.gross, sum.1 + row.quantity);
    }
    sums
}

/// Öre of shipping.
fn carried(sold: &Sold) -> i128 {
    let shipping = sold.order.fees.iter().filter(|fee| fee.name == "Shipping");
    fine(shipping.map(|fee| fee.gross).sum()) / (FINE_KRONA / 100)
}

/// Every piece of the cart dealt to one of so many slips, and shipping to one of them or to one more.
fn refund_of_all(cart: &Cart, sold: &Sold, slips: usize, deal: &[usize], net_shown: bool) -> Vec<Slip> {
    let discounted = !sold.order.discounts.is_empty();
    let with_shipping = deal[0] % (slips + 1);
    let slip = |number: usize| {
        let dealt =
            |place: usize, piece: i128| deal[(place * 7 + piece as usize) % deal.len()] % slips == number;
        let pieces = cart
            .goods
            .iter()
            .enumerate()
            .map(|(place, goods)| (0..goods.pieces).filter(|piece| dealt(place, *piece)).count() as i128);
        let shipping = if number == with_shipping { carried(sold) } else { 0 };
        let kind = match (discounted, shipping) {
            (true, _) => SlipKind::MinusVoucher,
            (false, 0) => SlipKind::Plain,
            (false, _) => SlipKind::ChosenAmount,
        };
        cart.slip(number, kind, &pieces.collect::<Vec<_>>(), shipping, net_shown)
    };
    (0..=slips).map(slip).collect()
}

/// A slip that somebody may have typed: some of the pieces, mostly at their price, and now and then any amount.
#[derive(Clone, Debug)]
struct Typed {
    kind: SlipKind,
    pieces: Vec<i128>,
    percent: Vec<i64>,
    amount: Option<i128>,
    shipping: i128,
    net_shown: bool,
}

fn typed() -> impl Strategy<Value = Typed> {
    use SlipKind::{ChosenAmount, MinusVoucher, Plain};
    let kind = prop::sample::select(vec![Plain, Plain, MinusVoucher, ChosenAmount]);
    let pieces = prop::collection::vec(prop_oneof![3 => Just(0_i128), 1 => 1_i128..40], 8);
    let percent = prop::collection::vec(prop_oneof![6 => Just(100_i64), 1 => 1_i64..110], 8);
    let amount = prop::option::weighted(0.2, 1_i128..5_000);
    let shipping = prop_oneof![3 => Just(0_i128), 1 => 1_i128..110];
    (kind, pieces, percent, amount, shipping, any::<bool>()).prop_map(
        |(kind, pieces, percent, amount, shipping, net_shown)| Typed {
            kind,
            pieces,
            percent,
            amount,
            shipping,
            net_shown,
        },
    )
}

impl Typed {
    fn slip(&self, cart: &Cart, sold: &Sold, key: usize) -> Slip {
        let there = cart.goods.iter().zip(&self.pieces);
        let pieces: Vec<i128> = there.map(|(goods, pieces)| pieces % (goods.pieces + 1)).collect();
        let shipping = carried(sold) * self.shipping / 100;
        let mut slip = cart.slip(key, self.kind, &pieces, shipping, self.net_shown);
        for (line, percent) in slip.lines.iter_mut().zip(&self.percent) {
            line.gross = (line.gross * Decimal::new(*percent, 2)).round_dp(2);
        }
        if let Some(amount) = self.amount {
            slip.amount = ore(amount);
        }
        slip
    }
}

/// What of a difference between a slip and its credit note rounding explains: piece by piece, and once for shipping and total.
fn explained(cart: &Cart, slip: &Slip, invoice: &Invoice) -> Decimal {
    let pieces = |line: &SlipLine| cart.goods[line.order_line.parse::<usize>().unwrap()].pieces + 2;
    let pieces: i128 = slip.lines.iter().map(pieces).sum();
    let rounding = invoice.rows.iter().filter(|row| row.kind == RowKind::Rounding);
    ore(pieces + 2) + rounding.map(|row| row.gross.abs()).sum::<Decimal>()
}

const FOR_A_PERSON: [&str; 7] = [
    "refund_after_unclear",
    "refund_amount_unclear",
    "refund_exceeds_paid",
    "refund_exceeds_row",
    "refund_exceeds_rows",
    "refund_exceeds_shipping",
    "refund_rate_unclear",
];

proptest! {
    #![proptest_config(cases(2_500))]

    #[test]
    fn generated_orders_add_up(cart in cart()) {
        let sold = cart.check_out();
        let invoice = world::invoice(&sold.order).unwrap();
        let sum: Decimal = invoice.rows.iter().map(|row| row.gross).sum();
        prop_assert_eq!((invoice.total, sum), (sold.order.totals.gross, sold.order.totals.gross));

        let rounding: Vec<_> = invoice.rows.iter().filter(|row| row.kind == RowKind::Rounding).collect();
        let limit = Decimal::new(2, 2).max(Decimal::new(5, 3) * Decimal::from(invoice.rows.len()));
        prop_assert!(rounding.len() <= 1 && rounding.iter().all(|row| row.gross.abs() <= limit));
        prop_assert!(cart.rounds != Rounds::Piece || rounding.is_empty());

        for rate in [25, 12, 6] {
            if sold.exact.contains_key(&rate) {
                let (off, rows) = tax_off(&sold, &invoice, rate);
                prop_assert!(off <= rows * FINE_KRONA / 100, "{} % is off by {} at {} rows", rate, off, rows);
            }
        }
    }

    #[test]
    fn generated_refunds_of_everything_take_back_exactly_the_invoice(
        cart in cart(),
        slips in 1_usize..5,
        deal in prop::collection::vec(0_usize..60, 64),
        net_shown in any::<bool>(),
    ) {
        let sold = cart.check_out();
        let invoice = world::invoice(&sold.order).unwrap();
        let slips = refund_of_all(&cart, &sold, slips, &deal, net_shown);
        let mut rows = Vec::new();
        for note in world::credits(&sold.order, &slips) {
            match note {
                Ok(note) => rows.extend(note.rows),
                Err(reason) => prop_assert_eq!(reason.code, "refund_empty"),
            }
        }
        let credited = by_place(rows.iter());
        // a shop's slip has no place for wrapping; with it stay the rounding, and an öre of a discount that took all
        let wrapped = cart.wrapping.is_some();
        let stays = |kind| wrapped && !matches!(kind, RowKind::Goods | RowKind::Shipping);
        for (place, (gross, pieces)) in by_place(invoice.rows.iter().filter(|row| !stays(row.kind))) {
            let (back, taken) = credited.get(&place).copied().unwrap_or_default();
            prop_assert_eq!(back, -gross, "{:?}", place);
            prop_assert!(taken <= pieces || place.1.is_empty(), "{} pieces of {:?}", taken, place);
        }
        if !wrapped {
            let total: Decimal = rows.iter().map(|row| row.gross).sum();
            prop_assert_eq!(total, -invoice.total);
        }
    }

    #[test]
    fn no_generated_refund_takes_back_more_than_was_invoiced(
        cart in cart(),
        typed in prop::collection::vec(typed(), 1..5),
    ) {
        let sold = cart.check_out();
        let invoice = world::invoice(&sold.order).unwrap();
        let slips: Vec<Slip> = typed.iter().enumerate().map(|(key, typed)| typed.slip(&cart, &sold, key)).collect();
        let (mut rows, mut stopped) = (Vec::new(), false);
        for (note, slip) in world::credits(&sold.order, &slips).into_iter().zip(&slips) {
            match note {
                Ok(note) => {
                    prop_assert!(!stopped, "credited after a slip that a person credits");
                    prop_assert!(note.total <= Decimal::ZERO);
                    prop_assert_eq!(note.total, note.rows.iter().map(|row| row.gross).sum::<Decimal>());
                    prop_assert!(note.rows.iter().all(|row| row.quantity > 0));
                    let most = explained(&cart, slip, &invoice);
                    prop_assert!(note.shop_difference.abs() <= most, "{} of {}", note.shop_difference, most);
                    rows.extend(note.rows);
                }
                Err(reason) if reason.code == "refund_empty" => {}
                Err(reason) => {
                    prop_assert!(FOR_A_PERSON.contains(&reason.code.as_str()), "{}", reason);
                    stopped = true;
                }
            }
        }
        let total: Decimal = rows.iter().map(|row| row.gross).sum();
        prop_assert!(-total <= invoice.total, "{} of {}", total, invoice.total);
        let invoiced = by_place(invoice.rows.iter());
        for (place, (gross, _)) in by_place(rows.iter().filter(|row| row.text != "Återbetalning")) {
            let (most, _) = invoiced[&place];
            let (low, high) = (most.min(Decimal::ZERO), most.max(Decimal::ZERO));
            prop_assert!(low <= -gross && -gross <= high, "{:?}: {} of {}", place, gross, most);
        }
    }
}
