//! From the rows around an order to the order itself, as the shop made it.
//!
//! Every amount is the shop's own snapshot: rows gross as they were stored, the total as it was paid. What contradicts
//! itself is refused with the reason. An order that will not be sent in any case (cancelled, unpaid, too old) needs no
//! understanding: a contradiction in it must not call for a person.

use rust_decimal::Decimal;
use skarv_canonical::{
    Currency, Reason,
    eligibility::{self, NotEligible},
    money::to_ore,
    order::{Order, OrderLine, Payment, Totals},
    spec::OrderSettings,
    trigger::ShopState,
    vat::VatRate,
};

use super::{
    discounts, fees,
    goods::Goods,
    rates::{self, Sale},
};
use crate::{
    customer::{self, Party},
    related::Around,
    row::{DetailRow, OrderRow, PaymentRow},
    shop::Shop,
};

const HALF_ORE: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// The order, or why it cannot be understood.
pub(super) fn assemble(
    row: &OrderRow,
    around: &Around<'_>,
    shop: &Shop,
    settings: &OrderSettings,
) -> Result<Order, Reason> {
    let header = header(row, around, shop)?;
    match whole(row, around, shop, header.clone()) {
        Err(_) if eligibility::decide(&header, settings).is_err() => Ok(header),
        outcome => outcome,
    }
}

/// An order that its own row and its buyer alone keep from being sent, whatever hangs on it.
pub(super) fn not_sent(
    row: &OrderRow,
    readable: &Around<'_>,
    shop: &Shop,
    settings: &OrderSettings,
) -> Option<Order> {
    let header = header(row, readable, shop).ok()?;
    match eligibility::decide(&header, settings) {
        Err(NotEligible::BeforeStartDate | NotEligible::Cancelled | NotEligible::TestOrder) => Some(header),
        // which states it has been in may not be known
        Err(NotEligible::NotInTriggerState | NotEligible::Payment(_)) | Ok(()) => None,
    }
}

/// All that the order's own row, its states and its buyer's card say: enough to decide whether it is sent at all.
fn header(row: &OrderRow, around: &Around<'_>, shop: &Shop) -> Result<Order, Reason> {
    let Party {
        customer,
        billing,
        delivery,
    } = customer::glimpse(row, around.customer);
    Ok(Order {
        key: row.key(),
        number: row.reference.clone(),
        placed_at: shop.settings.zone.utc(row.placed),
        placed_on: row.placed.date(),
        updated_at: shop.settings.zone.utc(row.updated),
        currency: currency(row, shop)?,
        conversion_rate: row.conversion_rate.normalize(),
        state: row.state.to_string(),
        states_passed: states_passed(row, around, shop),
        cancelled: shop.is_cancelled(row.state),
        // told where its slips are known
        refunded_without_slip: false,
        customer,
        billing,
        delivery,
        lines: Vec::new(),
        fees: Vec::new(),
        discounts: Vec::new(),
        payment: Payment {
            method: row.payment.clone(),
            module: row.module.clone(),
            transactions: transactions(around.payments),
            paid: paid(row, around),
            paid_on: paid_in(around.payments).filter_map(|payment| payment.day).max(),
        },
        totals: Totals {
            gross: to_ore(row.total.gross),
            net: to_ore(row.total.net),
            goods_gross: to_ore(row.goods.gross),
        },
        taxes: Vec::new(),
        // the order's note is the merchant's own and not meant for the buyer
        note: String::new(),
    })
}

fn whole(row: &OrderRow, around: &Around<'_>, shop: &Shop, header: Order) -> Result<Order, Reason> {
    state_is_known(row, shop)?;
    let Party {
        customer,
        billing,
        delivery,
    } = Party::of(row, around, shop)?;
    rows_add_up(row, around.details, header.currency)?;
    cart_was_paid_once(row, around)?;
    let sale = Sale {
        country: delivery.country,
        on: header.placed_on,
    };
    let rated = |detail| Ok((detail, rates::of_row(detail, &shop.taxes, row.rounding, sale)?));
    let goods = Goods::of(around.details.iter().map(rated).collect::<Result<_, Reason>>()?);
    let shipping = fees::shipping(row, &goods, carrier(row, around, shop), sale)?;
    let discounts = if goods.rows.is_empty() {
        // nothing to take a discount from: that there are no rows is the reason to give, and mapping gives it
        Vec::new()
    } else {
        discounts::discounts(row, around, &goods, &shipping)?
    };
    let mut fees = shipping;
    fees.extend(fees::wrapping(row, &goods, sale)?);
    let mut order = Order {
        customer,
        billing,
        delivery,
        lines: goods
            .rows
            .iter()
            .map(|(detail, rate)| line(detail, *rate))
            .collect(),
        fees,
        discounts,
        ..header
    };
    order.taxes = order.tax_shares();
    Ok(order)
}

fn currency(row: &OrderRow, shop: &Shop) -> Result<Currency, Reason> {
    shop.currencies.get(row.currency).copied().ok_or_else(|| {
        Reason::data("currency_missing")
            .with("currency", row.currency)
            .fix("restore_currency")
    })
}

/// A state that the shop has no more may be one that cancels.
fn state_is_known(row: &OrderRow, shop: &Shop) -> Result<(), Reason> {
    if row.state == 0 || shop.knows_state(row.state) {
        return Ok(());
    }
    Err(Reason::data("state_missing")
        .with("state", row.state)
        .fix("set_state_of_order"))
}

/// Oldest first. An order whose history was cleared is at least in the state it is in.
fn states_passed(row: &OrderRow, around: &Around<'_>, shop: &Shop) -> Vec<ShopState> {
    let mut states: Vec<u64> = around.histories.iter().map(|history| history.state).collect();
    if states.last() != Some(&row.state) {
        states.push(row.state);
    }
    let shown = |id: u64| {
        let known = shop.states.get(id).map(|state| state.shown.clone());
        known.unwrap_or_else(|| ShopState::of_id(id.to_string()))
    };
    states.into_iter().map(shown).collect()
}

/// What has been paid in. A cart that was split is paid once, and the shop books it on one of its orders; what was paid back
/// the shop may have taken off again, which makes the order no less paid.
fn paid(row: &OrderRow, around: &Around<'_>) -> Decimal {
    let cart = Cart::of(around);
    let whole = cart.orders > 1 && cart.paid >= cart.total;
    to_ore(if whole {
        row.total.gross
    } else {
        row.paid + paid_back(around.payments)
    })
}

fn paid_in(payments: &[PaymentRow]) -> impl Iterator<Item = &PaymentRow> {
    payments.iter().filter(|payment| payment.amount >= Decimal::ZERO)
}

fn paid_back(payments: &[PaymentRow]) -> Decimal {
    let back = payments.iter().map(|payment| payment.amount.min(Decimal::ZERO));
    back.sum::<Decimal>().abs()
}

fn transactions(payments: &[PaymentRow]) -> Vec<String> {
    let ids = paid_in(payments).map(|payment| payment.transaction.clone());
    ids.filter(|id| !id.is_empty()).collect()
}

fn carrier<'a>(row: &OrderRow, around: &Around<'_>, shop: &'a Shop) -> &'a str {
    let ids = around
        .carriers
        .iter()
        .map(|carried| carried.carrier)
        .chain([row.carrier]);
    ids.filter_map(|id| shop.carriers.get(id))
        .next()
        .map_or("", String::as_str)
}

fn line(row: &DetailRow, rate: VatRate) -> OrderLine {
    OrderLine {
        key: row.id.to_string(),
        sku: row.sku.clone(),
        name: row.name.clone(),
        quantity: row.quantity,
        net: row.total.net.normalize(),
        gross: to_ore(row.total.gross),
        rate,
    }
}

/// Rows that do not come to the shop's own sum of them say that one of the two is wrong. (Orders without rows are refused
/// later, with the better reason.)
fn rows_add_up(row: &OrderRow, details: &[DetailRow], currency: Currency) -> Result<(), Reason> {
    let sum: Decimal = details.iter().map(|detail| detail.total.gross).sum();
    let difference = row.goods.gross - sum;
    if details.is_empty() || difference.abs() <= HALF_ORE * Decimal::from(details.len() + 1) {
        return Ok(());
    }
    Err(Reason::data("sum_mismatch")
        .with("rows", to_ore(sum))
        .with("total", to_ore(row.goods.gross))
        .with("difference", to_ore(difference))
        .with("currency", currency)
        .fix("correct_order_rows"))
}

/// The orders that one cart became, as far as they were read, and what was paid for all of them.
struct Cart {
    orders: usize,
    total: Decimal,
    paid: Decimal,
}

impl Cart {
    fn of(around: &Around<'_>) -> Self {
        Self {
            orders: around.siblings.len(),
            total: around.siblings.iter().map(|order| order.total).sum(),
            paid: paid_in(around.payments).map(|payment| payment.amount).sum(),
        }
    }
}

/// A cart split over several carriers is several orders with one payment. Where that payment is not their sum, the shop has
/// booked a voucher or the wrapping on each of them, and nobody but a person can say which one is right.
fn cart_was_paid_once(row: &OrderRow, around: &Around<'_>) -> Result<(), Reason> {
    let cart = Cart::of(around);
    if cart.orders < 2 || cart.paid == cart.total {
        return Ok(());
    }
    Err(Reason::data("split_cart_mismatch")
        .with("reference", &row.reference)
        .with("orders", cart.orders)
        .with("total", to_ore(cart.total))
        .with("paid", to_ore(cart.paid))
        .fix("check_split_orders"))
}
