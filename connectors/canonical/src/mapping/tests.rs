//! What the mapping promises of any order: rows that equal the total to the öre, the right VAT rules, and no guessed account.

use chrono::DateTime;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::invoice::rounding_limit;
use crate::{
    Country, Currency, Reason,
    customer::{Address, Customer, CustomerKind},
    invoice::{Invoice, RowKind},
    order::{Discount, DiscountShare, Fee, FeeKind, Order, OrderLine, Payment, Totals},
    spec::{AccountRule, OrderSettings, bas_accounts},
    trigger::{ShopState, TriggerState},
    vat::{VatRate, VatScheme},
    write::{Document, Write},
};

fn ore(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

fn address(to: &str) -> Address {
    Address {
        name: "Åsa Öberg".to_owned(),
        company: String::new(),
        line1: "Storgatan 1".to_owned(),
        line2: String::new(),
        postcode: "871 31".to_owned(),
        city: "Härnösand".to_owned(),
        country: country(to),
        vat_number: String::new(),
        phone: String::new(),
    }
}

/// An order of a private person in Sweden, with nothing in it yet.
fn empty() -> Order {
    let at = DateTime::from_timestamp(1_777_000_000, 0).unwrap();
    Order {
        key: "42".to_owned(),
        number: "ABCDEFGHI".to_owned(),
        placed_at: at,
        placed_on: at.date_naive(),
        updated_at: at,
        currency: Currency::SEK,
        conversion_rate: Decimal::ONE,
        state: "2".to_owned(),
        states_passed: vec![ShopState::of_id("2")],
        cancelled: false,
        refunded_without_slip: false,
        customer: Customer {
            key: "7".to_owned(),
            kind: CustomerKind::Person,
            given_name: "Åsa".to_owned(),
            family_name: "Öberg".to_owned(),
            company: String::new(),
            org_number: String::new(),
            vat_number: String::new(),
            email: "asa@example.se".to_owned(),
            phone: String::new(),
            guest: false,
            language: "sv".to_owned(),
        },
        billing: address("SE"),
        delivery: address("SE"),
        lines: Vec::new(),
        fees: Vec::new(),
        discounts: Vec::new(),
        payment: Payment {
            method: "Kort".to_owned(),
            module: "card".to_owned(),
            transactions: Vec::new(),
            paid: Decimal::ZERO,
            paid_on: None,
        },
        totals: Totals {
            gross: Decimal::ZERO,
            net: Decimal::ZERO,
            goods_gross: Decimal::ZERO,
        },
        taxes: Vec::new(),
        note: String::new(),
    }
}

fn line(gross: i64, rate: u32) -> OrderLine {
    OrderLine {
        key: "1".to_owned(),
        sku: "GK-1".to_owned(),
        name: "Garn".to_owned(),
        quantity: 1,
        net: VatRate::from(rate).net(ore(gross)),
        gross: ore(gross),
        rate: rate.into(),
    }
}

/// An order with these rows, whose total is their sum and so many öre more.
fn order_of(lines: Vec<OrderLine>, fees: Vec<Fee>, discounts: Vec<Discount>, off: i64) -> Order {
    let goods: Decimal = lines.iter().map(|line| line.gross).sum();
    let charged: Decimal = fees.iter().map(|fee| fee.gross).sum();
    let deducted = discounts.iter().flat_map(|discount| &discount.shares);
    let deducted: Decimal = deducted.map(|share| share.gross).sum();
    let mut order = Order {
        lines,
        fees,
        discounts,
        ..empty()
    };
    order.totals.gross = goods + charged - deducted + ore(off);
    order.totals.goods_gross = goods;
    order
}

fn settings(accounts: Vec<AccountRule>) -> OrderSettings {
    OrderSettings {
        accounts,
        ..OrderSettings::swedish(DateTime::UNIX_EPOCH, vec![TriggerState::Id("2".to_owned())])
    }
}

fn rule(row: RowKind, account: u32) -> AccountRule {
    AccountRule {
        row,
        scheme: VatScheme::Domestic,
        country: None,
        rate: None,
        account,
    }
}

fn any_account() -> OrderSettings {
    let kinds = [
        RowKind::Goods,
        RowKind::Shipping,
        RowKind::Wrapping,
        RowKind::Fee,
        RowKind::Rounding,
    ];
    settings(kinds.map(|row| rule(row, 3000)).to_vec())
}

fn invoiced(order: &Order, settings: &OrderSettings) -> Result<Invoice, Reason> {
    let writes = super::order(order, "k3x9qa", settings)?;
    let invoice = writes.into_iter().find_map(|write| {
        let Document::Invoice(invoice) = write.document else {
            return None;
        };
        Some(*invoice)
    });
    Ok(invoice.unwrap())
}

fn rates() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![25, 12, 6, 0])
}

fn lines() -> impl Strategy<Value = Vec<OrderLine>> {
    prop::collection::vec((0_i64..1_000_000, rates()), 1..12)
        .prop_map(|rows| rows.into_iter().map(|(gross, rate)| line(gross, rate)).collect())
}

fn fees() -> impl Strategy<Value = Vec<Fee>> {
    let kind = prop::sample::select(vec![FeeKind::Shipping, FeeKind::Wrapping, FeeKind::Payment]);
    prop::collection::vec((kind, 0_i64..20_000, rates()), 0..4).prop_map(|fees| {
        let fee = |(kind, gross, rate): (_, _, u32)| Fee {
            kind,
            name: "Avgift".to_owned(),
            gross: ore(gross),
            rate: rate.into(),
        };
        fees.into_iter().map(fee).collect()
    })
}

fn discounts() -> impl Strategy<Value = Vec<Discount>> {
    let shares = prop::collection::vec((rates(), 0_i64..50_000), 1..4);
    prop::collection::vec(shares, 0..3).prop_map(|discounts| {
        let share = |(rate, gross): (u32, _)| DiscountShare {
            rate: rate.into(),
            gross: ore(gross),
        };
        let discount = |shares: Vec<_>| Discount {
            name: "Höstrea".to_owned(),
            shares: shares.into_iter().map(share).collect(),
        };
        discounts.into_iter().map(discount).collect()
    })
}

/// The rows an order makes before rounding: charges and deductions of nothing make none.
fn rows_of(order: &Order) -> usize {
    let fees = order.fees.iter().filter(|fee| !fee.gross.is_zero()).count();
    let shares = order.discounts.iter().flat_map(|discount| &discount.shares);
    order.lines.len() + fees + shares.filter(|share| !share.gross.is_zero()).count()
}

proptest! {
    #[test]
    fn the_rows_of_any_consistent_order_equal_its_total_to_the_ore(
        lines in lines(), fees in fees(), discounts in discounts(), off in -7_i64..=7,
    ) {
        let order = order_of(lines, fees, discounts, off);
        let limit = rounding_limit(rows_of(&order));
        match invoiced(&order, &any_account()) {
            Ok(invoice) => {
                prop_assert!(ore(off).abs() <= limit, "{off} öre let through");
                let sum: Decimal = invoice.rows.iter().map(|row| row.gross).sum();
                prop_assert_eq!((sum, invoice.total), (order.totals.gross, order.totals.gross));
                let rounding: Vec<_> = invoice.rows.iter().filter(|row| row.kind == RowKind::Rounding).collect();
                let expected: Vec<Decimal> = if off == 0 { vec![] } else { vec![ore(off)] };
                prop_assert_eq!(rounding.iter().map(|row| row.gross).collect::<Vec<_>>(), expected);
                prop_assert!(rounding.iter().all(|row| row.rate.is_zero() && row.gross.abs() <= limit));
            }
            Err(reason) => {
                prop_assert!(ore(off).abs() > limit, "{off} öre refused: {reason}");
                prop_assert_eq!(reason.code.as_str(), "sum_mismatch");
                prop_assert_eq!(reason.params["difference"].parse::<Decimal>(), Ok(ore(off)));
            }
        }
    }

    #[test]
    fn tax_of_an_invoice_is_that_of_the_order(lines in lines(), fees in fees(), discounts in discounts()) {
        let order = order_of(lines, fees, discounts, 0);
        let invoice = invoiced(&order, &any_account()).unwrap();
        for share in order.tax_shares() {
            let rows = invoice.rows.iter().filter(|row| row.rate == share.rate);
            prop_assert_eq!(rows.map(|row| row.gross).sum::<Decimal>(), share.gross);
        }
    }
}

#[test]
fn the_limit_is_half_an_ore_a_row_and_never_less_than_two() {
    let limits = [0, 1, 3, 4, 11].map(rounding_limit);
    let expected = ["0.02", "0.02", "0.02", "0.025", "0.06"].map(|text| text.parse::<Decimal>().unwrap());
    assert_eq!(limits, expected);
}

#[test]
fn an_order_without_goods_is_refused_even_when_it_adds_up() {
    let shipping = Fee {
        kind: FeeKind::Shipping,
        name: "Frakt".to_owned(),
        gross: ore(5900),
        rate: 25.into(),
    };
    let order = order_of(Vec::new(), vec![shipping], Vec::new(), 0);
    assert_eq!(invoiced(&order, &any_account()).unwrap_err().code, "no_rows");
}

#[test]
fn an_order_that_costs_nothing_is_invoiced_for_nothing() {
    let whole = Discount {
        name: "Present".to_owned(),
        shares: vec![DiscountShare {
            rate: 25.into(),
            gross: ore(12_500),
        }],
    };
    let order = order_of(vec![line(12_500, 25)], Vec::new(), vec![whole], 0);
    let invoice = invoiced(&order, &any_account()).unwrap();
    assert_eq!((invoice.rows.len(), invoice.total), (2, Decimal::ZERO));
}

#[test]
fn whether_it_takes_stock_is_the_settings_and_changes_nothing_that_an_invoice_is_known_by() {
    let order = order_of(vec![line(12_500, 25)], Vec::new(), Vec::new(), 0);
    let taking = |takes_stock| OrderSettings {
        takes_stock,
        ..any_account()
    };
    let [plain, takes] = [false, true].map(|yes| super::order(&order, "k3x9qa", &taking(yes)).unwrap());
    let fingerprints = |writes: &[Write]| writes.iter().map(Write::fingerprint).collect::<Vec<_>>();
    assert_eq!(fingerprints(&plain), fingerprints(&takes));
    let [plain, takes] = [false, true].map(|yes| invoiced(&order, &taking(yes)).unwrap());
    assert_eq!((plain.takes_stock, takes.takes_stock), (false, true));
    assert_eq!(
        plain,
        Invoice {
            takes_stock: false,
            ..takes
        }
    );
}

#[test]
fn both_writes_of_an_order_bear_keys_that_never_change() {
    let order = order_of(vec![line(12_500, 25)], Vec::new(), Vec::new(), 0);
    let writes = super::order(&order, "k3x9qa", &any_account()).unwrap();
    let keys: Vec<&str> = writes.iter().map(|write| write.our_key.as_str()).collect();
    assert_eq!(keys, ["k3x9qa-K7", "k3x9qa-42"]);
}

#[test]
fn the_first_rule_that_fits_gives_the_account() {
    let mut to_sweden = rule(RowKind::Goods, 3011);
    to_sweden.country = Some(Country::SE);
    to_sweden.rate = Some(25.into());
    let settings = settings(vec![to_sweden, rule(RowKind::Goods, 3099)]);
    let order = order_of(vec![line(12_500, 25), line(10_600, 6)], Vec::new(), Vec::new(), 0);
    let accounts: Vec<u32> = invoiced(&order, &settings)
        .unwrap()
        .rows
        .iter()
        .map(|row| row.account)
        .collect();
    assert_eq!(accounts, [3011, 3099]);
}

#[test]
fn a_discount_is_booked_where_its_sale_was() {
    let discount = Discount {
        name: "Höstrea".to_owned(),
        shares: vec![DiscountShare {
            rate: 6.into(),
            gross: ore(600),
        }],
    };
    let order = order_of(
        vec![line(12_500, 25), line(10_600, 6)],
        Vec::new(),
        vec![discount],
        0,
    );
    let invoice = invoiced(&order, &settings(bas_accounts())).unwrap();
    let booked = invoice.rows.last().unwrap();
    assert_eq!(
        (booked.kind, booked.account, booked.gross),
        (RowKind::Discount, 3003, ore(-600))
    );
}

#[test]
fn an_account_that_nobody_chose_is_asked_for() {
    let order = order_of(vec![line(10_900, 9)], Vec::new(), Vec::new(), 0);
    let reason = invoiced(&order, &settings(bas_accounts())).unwrap_err();
    assert_eq!(
        (reason.code.as_str(), reason.fix.as_str()),
        ("account_missing", "add_account_rule")
    );
    assert_eq!(
        (reason.params["row"].as_str(), reason.params["rate"].as_str()),
        ("goods", "9")
    );
}

/// A sale to this country with these rates on its rows, by a company with this VAT number or by a person.
fn scheme(to: &str, rates: &[u32], company: Option<&str>) -> Result<VatScheme, String> {
    let lines = rates.iter().map(|rate| line(10_000, *rate)).collect();
    let mut order = order_of(lines, Vec::new(), Vec::new(), 0);
    order.delivery = address(to);
    if let Some(number) = company {
        order.customer.kind = CustomerKind::Company;
        number.clone_into(&mut order.billing.vat_number);
    }
    super::scheme::of(&order, Country::SE).map_err(|reason| reason.code)
}

#[test]
fn the_country_of_delivery_and_the_rows_decide_the_vat_rules() {
    let refused = |code: &str| Err(code.to_owned());
    assert_eq!(scheme("SE", &[25, 6], None), Ok(VatScheme::Domestic));
    assert_eq!(
        scheme("SE", &[0], Some("SE559999000701")),
        Ok(VatScheme::Domestic)
    );
    assert_eq!(scheme("DE", &[19], None), Ok(VatScheme::Oss));
    assert_eq!(scheme("DE", &[19, 0], Some("DE999999999")), Ok(VatScheme::Oss));
    assert_eq!(
        scheme("FI", &[0], Some("FI99000012")),
        Ok(VatScheme::ReverseCharge)
    );
    assert_eq!(scheme("FI", &[0], Some(" ")), refused("eu_sale_without_vat"));
    assert_eq!(scheme("FI", &[0], None), refused("eu_sale_without_vat"));
    assert_eq!(scheme("NO", &[0], None), Ok(VatScheme::Export));
    assert_eq!(scheme("NO", &[25], None), refused("export_with_vat"));
    assert_eq!(scheme("AX", &[0], None), Ok(VatScheme::Export));
}

#[test]
fn the_card_of_a_reverse_charge_sale_says_so() {
    let mut order = order_of(vec![line(10_000, 0)], Vec::new(), Vec::new(), 0);
    order.delivery = address("FI");
    order.customer.kind = CustomerKind::Company;
    "Laine Oy".clone_into(&mut order.customer.company);
    "FI99000012".clone_into(&mut order.customer.vat_number);
    let writes = super::order(&order, "k3x9qa", &settings(bas_accounts())).unwrap();
    let Document::Customer(card) = &writes[0].document else {
        panic!("the card comes first");
    };
    assert!(card.reverse_charge);
    assert_eq!(
        invoiced(&order, &settings(bas_accounts())).unwrap().rows[0].account,
        3108
    );
}
