//! An invoice line that names an item: the price is the item's on the invoice's day, the account follows from who buys,
//! and the stock gives it out. Such a line is kept as a line of amounts that knows its item. No rule about plain lines is
//! here.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Number;

use super::arithmetic::{line_gross, line_net};
use super::chart::{self, Account};
use super::contact::Contact;
use super::draft::{AmountLine, Header, Line};
use super::errors::{Code, Flaw, Problems};
use super::item::{Item, Market};
use super::request::number;
use super::rules::{account_flaw, quantity_problem};
use super::state::Books;

const EU: [&str; 26] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SI", "SK",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ItemLine {
    pub(super) item_number: String,
    pub(super) quantity: Number,
    pub(super) discount_percent: Option<u64>,
}

/// Which item a line has sold, and what was taken off its price.
#[derive(Clone)]
pub(super) struct Sold {
    pub(super) item_number: String,
    pub(super) discount_percent: u64,
}

/// What one item costs this customer on this day.
struct Offer<'a> {
    item: &'a Item,
    price: Decimal,
    account: u32,
}

impl ItemLine {
    pub(super) fn problems(&self, place: &str, problems: &mut Problems) {
        quantity_problem(place, &self.quantity, problems);
        if self.discount_percent.is_some_and(|percent| percent > 100) {
            let said = "hela procent, 0 till 100".to_owned();
            problems.insert(format!("{place}.discountPercent"), vec![said]);
        }
    }

    pub(super) fn flaw(&self, place: &str, header: &Header, books: &Books) -> Option<Flaw> {
        let reverse_charge = header.is_reverse_charge;
        match self.offer(header, books) {
            Ok(offer) => account_flaw(place, offer.account, books, reverse_charge),
            Err((code, said)) => Some(Flaw::new(
                code,
                place,
                format!("artikel {} {said}", self.item_number),
            )),
        }
    }

    fn offer<'a>(&self, header: &Header, books: &'a Books) -> Result<Offer<'a>, (Code, &'static str)> {
        let item = books.items().numbered(&self.item_number);
        let item = item.ok_or((Code::ItemUnknown, "finns inte"))?;
        if !item.is_active() {
            return Err((Code::ItemInactive, "är inte aktiv"));
        }
        let price = item.price().on(header.invoice_date);
        let price = price.filter(|_| item.price().currency_code == header.currency.code);
        let account = item.account(market(header, books));
        Ok(Offer {
            item,
            price: price.ok_or((Code::ItemWithoutPrice, "har inget pris i fakturans valuta"))?,
            account: account.ok_or((
                Code::ItemWithoutAccount,
                "har inget försäljningskonto för en sådan kund",
            ))?,
        })
    }

    /// The line with its amounts. Anything without price, quantity or rate was refused before.
    pub(super) fn line(self, header: &Header, books: &Books) -> Option<Line> {
        let offer = self.offer(header, books).ok()?;
        let rate = chart::account(offer.account).and_then(Account::vat)?.rate();
        let quantity = self.quantity.as_i64()?;
        let discount_percent = self.discount_percent.unwrap_or(0);
        let price =
            offer.price * Decimal::from(100_u64.checked_sub(discount_percent)?) / Decimal::ONE_HUNDRED;
        Some(Line::Amount {
            posted: AmountLine {
                description: offer.item.name().to_owned(),
                unit_price: serde_json::from_value(number(offer.price)).ok()?,
                unit_type: Some(offer.item.unit().to_owned()),
                quantity: self.quantity,
                sales_account_number: offer.account,
                project_number: None,
                sold: Some(Sold {
                    item_number: self.item_number,
                    discount_percent,
                }),
            },
            rate,
            gross: line_gross(price, quantity, rate),
            net: line_net(price, quantity),
        })
    }
}

/// Where the customer is. A sale without a customer's card is made over the counter.
fn market(header: &Header, books: &Books) -> Market {
    let card = books.contact_numbered(&header.customer_number);
    match card.map(Contact::country_code) {
        _ if header.is_reverse_charge => Market::ReverseChargeSales,
        None | Some("SE") => Market::NationalSales,
        Some(code) if EU.contains(&code) => Market::EuSales,
        Some(_) => Market::InternationalSales,
    }
}

impl Line {
    /// The item that it sells, and how many.
    pub(super) fn items_sold(&self) -> Option<(&str, Decimal)> {
        let Self::Amount { posted, .. } = self else {
            return None;
        };
        let sold = posted.sold.as_ref()?;
        Some((&sold.item_number, Decimal::from(posted.quantity.as_i64()?)))
    }
}
