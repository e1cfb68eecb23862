//! From an order's buyer to the card that the invoice goes to: the buyer's own, or one for many.
//!
//! A card is known by who the buyer is: a Swedish company by its organisation number, everyone else by the shop's customer.
//! The same shop customer buying for a company and privately is two buyers, so a private order never meets a company's card.

use crate::{
    Reason,
    customer::{CustomerCard, CustomerKind},
    identity::{BuyerNumbers, IdentityKind, IdentityNumber},
    order::Order,
    spec::{CardUpkeep, Collective, CollectiveFor, CustomerNumbers, OrderSettings},
    vat::VatScheme,
    write::{Document, Effect, Write},
};

/// Where an invoice goes.
pub(super) struct Debtor {
    /// The write of the buyer's own card; none for a card that many share.
    pub(super) card: Option<Write>,
    /// The card's number; empty where the accounting system gives it one.
    pub(super) number: String,
    pub(super) collective: bool,
}

/// Where the invoice of an order goes.
pub(super) fn debtor(
    order: &Order,
    shop_ref: &str,
    scheme: VatScheme,
    settings: &OrderSettings,
) -> Result<Debtor, Reason> {
    if order.customer.display_name().is_empty() {
        return Err(Reason::data("customer_without_name")
            .with("customer", &order.customer.key)
            .fix("add_customer_name"));
    }
    let card = card(order, shop_ref, scheme, settings)?;
    let identified = !card.identities().is_empty();
    let chosen = &settings.customers;
    if let Some(shared) = chosen.collective.as_ref().filter(|c| takes(c, &card, identified)) {
        return Ok(Debtor {
            card: None,
            number: shared.number.clone(),
            collective: true,
        });
    }
    if chosen.numbers == CustomerNumbers::Erp && !identified {
        return Err(Reason::data("customer_unidentified")
            .with("customer", order.customer.display_name())
            .fix("add_customer_email"));
    }
    Ok(Debtor {
        number: card.number.clone().unwrap_or_default(),
        collective: false,
        card: Some(Write {
            our_key: format!("{shop_ref}-{}", stem(&card)),
            effect: match chosen.cards {
                CardUpkeep::Keep => Effect::Create,
                CardUpkeep::Update => Effect::Update,
            },
            document: Document::Customer(Box::new(card)),
        }),
    })
}

fn takes(shared: &Collective, card: &CustomerCard, identified: bool) -> bool {
    match shared.buyers {
        CollectiveFor::Unidentified => !identified,
        CollectiveFor::Private => !identified || card.customer.kind == CustomerKind::Person,
    }
}

fn card(
    order: &Order,
    shop_ref: &str,
    scheme: VatScheme,
    settings: &OrderSettings,
) -> Result<CustomerCard, Reason> {
    let mut customer = order.customer.clone();
    // a private person's numbers are nobody's business here, right or wrong
    let BuyerNumbers {
        org_number,
        vat_number,
    } = match customer.kind {
        CustomerKind::Company => BuyerNumbers::of(order)?,
        CustomerKind::Person => BuyerNumbers::default(),
    };
    (customer.org_number, customer.vat_number) = (org_number, vat_number);
    let mut card = CustomerCard {
        number: None,
        customer,
        billing: order.billing.clone(),
        currency: order.currency,
        reverse_charge: scheme == VatScheme::ReverseCharge,
        match_existing: settings.customers.match_existing,
    };
    card.number = number(&card, shop_ref, &settings.customers.numbers);
    Ok(card)
}

fn number(card: &CustomerCard, shop_ref: &str, numbers: &CustomerNumbers) -> Option<String> {
    match numbers {
        CustomerNumbers::Erp => None,
        CustomerNumbers::Shop(None) => Some(format!("{shop_ref}-{}", stem(card))),
        CustomerNumbers::Shop(Some(prefix)) => {
            let company = match card.customer.kind {
                CustomerKind::Company => "F",
                CustomerKind::Person => "",
            };
            Some(format!("{prefix}{}{company}", card.customer.key))
        }
    }
}

/// Who the buyer is, within a shop. A sole trader's number is a person's, and persons are not known by theirs.
fn stem(card: &CustomerCard) -> String {
    let customer = &card.customer;
    let number = customer.org_number.parse::<IdentityNumber>().ok();
    let number = number.filter(|number| number.kind() == IdentityKind::Organisation);
    match (customer.kind, number) {
        (CustomerKind::Person, _) => format!("K{}", customer.key),
        (CustomerKind::Company, Some(number)) => format!("O{}", number.digits()),
        (CustomerKind::Company, None) => format!("F{}", customer.key),
    }
}
