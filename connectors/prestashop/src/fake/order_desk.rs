//! What the webservice writes of an order's course: the states it is put in, and the number of its parcel.
//!
//! As careless as the real one: a state is entered as often as it is asked for, its mail goes out each time, and a PUT wipes what
//! it does not send. An order or a state that is not there kills PHP before it has written anything.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    Version,
    answer::Answer,
    books::Books,
    catalogue::{Element, parse},
    clock,
    errors::ApiError,
    rounding::Amount,
    seed::order_state,
};

/// A write as it came in.
pub(crate) struct Wish<'a> {
    pub(crate) resource: &'a str,
    pub(crate) method: &'a str,
    pub(crate) body: &'a [u8],
    /// Whether `sendemail=1` was asked for.
    pub(crate) mail: bool,
    pub(crate) version: Version,
    pub(crate) now: DateTime<Utc>,
}

/// What became of it.
pub(crate) enum Done {
    /// The row with this id is to be shown, under this status.
    Row(u16, u32),
    /// PHP died before it wrote.
    Died(Answer),
}

pub(crate) fn write(books: &mut Books, wish: &Wish<'_>) -> Result<Done, ApiError> {
    let sent = parse(wish.body)?;
    let [row] = sent.children.as_slice() else {
        return Ok(Done::Died(Answer::page(
            501,
            "the fake shop takes one such row at a time",
        )));
    };
    match wish.resource {
        "order_histories" => enter(books, wish, row),
        _ => carry(books, wish, row),
    }
}

fn enter(books: &mut Books, wish: &Wish<'_>, row: &Element) -> Result<Done, ApiError> {
    if row.child("id").is_some() {
        return Err(ApiError::new(
            400,
            91,
            "id is forbidden when adding a new resource",
        ));
    }
    let (order, state) = (required(row, "id_order")?, required(row, "id_order_state")?);
    let employee = row.text_of("id_employee").parse().unwrap_or(0);
    if order_state(state).is_none() || !books.enter_state_by(order, state, wish.now, employee) {
        let last_words = match wish.version {
            Version::V8_2_1 => "",
            Version::V1_7_8_11 => "Invalid new order status",
        };
        return Ok(Done::Died(Answer::page(500, last_words)));
    }
    if wish.mail {
        books.mail(order, state);
    }
    let id = books.histories.of_order(order).last().map(|it| it.id);
    Ok(Done::Row(201, id.unwrap_or_default()))
}

fn carry(books: &mut Books, wish: &Wish<'_>, row: &Element) -> Result<Done, ApiError> {
    let Ok(id) = row.text_of("id").parse::<u32>() else {
        return Err(ApiError::new(400, 90, "id is required when modifying a resource"));
    };
    if books.order_carriers.get(id).is_none() {
        return Err(ApiError::new(404, 92, "Invalid ID"));
    }
    let replaces = wish.method == "PUT";
    if replaces {
        required(row, "id_order")?;
        required(row, "id_carrier")?;
    }
    let Some(parcel) = books.order_carriers.get_mut(id) else {
        return Err(ApiError::new(404, 92, "Invalid ID"));
    };
    let sent = |field: &str| row.child(field).map(|it| it.text.clone());
    let kept = |field: &str, before: Decimal| match sent(field) {
        Some(text) => text.parse().unwrap_or_default(),
        None if replaces => Decimal::ZERO,
        None => before,
    };
    parcel.weight = kept("weight", parcel.weight);
    parcel.cost = Amount {
        net: kept("shipping_cost_tax_excl", parcel.cost.net),
        gross: kept("shipping_cost_tax_incl", parcel.cost.gross),
    };
    match sent("tracking_number") {
        Some(number) => parcel.tracking = number,
        None if replaces => parcel.tracking = String::new(),
        None => {}
    }
    if replaces && sent("date_add").is_none_or(|date| date != clock::local(parcel.date_add)) {
        parcel.date_add = wish.now;
    }
    let (order, number) = (parcel.order, parcel.tracking.clone());
    // the order shows it, and its own date stays as it was
    if let Some(order) = books.orders.get_mut(order) {
        order.tracking = number;
    }
    Ok(Done::Row(200, id))
}

fn required(row: &Element, field: &str) -> Result<u32, ApiError> {
    let missing = || ApiError::new(400, 41, format!("parameter \"{field}\" required"));
    row.text_of(field).parse().map_err(|_| missing())
}
