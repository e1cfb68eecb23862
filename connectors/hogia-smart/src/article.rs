//! Articles of a shop become items: found by their number, made where they are missing, brought up to date in the parts that
//! the card owns. What is not on the card is never touched, and what stands already is not sent.
//!
//! An item is known by its number, which the contract gives once for ever. The contract has no description and no weight;
//! those parts of a card have nowhere to go. What a text may be is in `text`, which account sells at a rate in `account`.

mod account;
mod change;
mod preview;
mod sink;
mod text;

use serde::Deserialize;
use skarv_canonical::Reason;
use skarv_canonical::article::ArticleCard;
use skarv_canonical::write::Document;
use skarv_connector::{Delivery, Error, Found, Receipt};
use skarv_http::SendWindow;

use crate::api::Api;
use crate::error::{
    Purpose, about_article, article_gone, article_number_taken, article_unnamed, is_article_number_taken,
    is_stale, unreadable,
};
use crate::item::{ITEMS, Item, VANISHED, any, by_number, doubled};
use account::{Account, SalesAccounts};
use change::{Sent, Wanted};

pub(crate) use sink::Articles;

/// The item with this number. Which of two is meant is for a person.
async fn standing(api: &Api, number: &str) -> Result<Option<Item>, Error> {
    let mut items = by_number(api, number).await?;
    if items.len() > 1 {
        return Err(Error::new(doubled(number, items.iter().map(Item::name))));
    }
    Ok(items.pop())
}

async fn find(api: &Api, card: &ArticleCard) -> Result<Option<Found>, Error> {
    let item = standing(api, &card.sku).await?;
    Ok(item.map(|item| Found {
        foreign_id: item.number().to_owned(),
        mismatch: None,
    }))
}

/// What is to be written, and who asks for it.
struct Order<'a> {
    api: &'a Api,
    accounts: &'a SalesAccounts,
    /// Of the books' texts.
    language: &'a str,
    document: &'a Document,
    card: &'a ArticleCard,
    window: Option<SendWindow>,
}

#[derive(Deserialize)]
struct Created {
    number: Option<String>,
}

/// An item that may be made.
struct New {
    body: Sent,
    account: Account,
    remarks: Vec<Reason>,
}

async fn ready(order: &Order<'_>) -> Result<New, Error> {
    let card = order.card;
    if !card.may_create {
        return Err(about_article("article_not_there", &card.sku));
    }
    let mut remarks = Vec::new();
    let wanted = Wanted::of(card, order.language, &mut remarks)?;
    let name = wanted.name.clone().ok_or_else(|| article_unnamed(&card.sku))?;
    let account = order.accounts.at(order.api, wanted.rate).await?;
    Ok(New {
        body: wanted.new_item(&card.sku, &name, &account),
        account,
        remarks,
    })
}

async fn create(order: &Order<'_>) -> Result<Receipt, Error> {
    let card = order.card;
    let New {
        body,
        account,
        mut remarks,
    } = ready(order).await?;
    match order
        .api
        .create::<Created>(ITEMS, &body, order.document, order.window)
        .await
    {
        Ok(created) if created.number.as_ref().is_none_or(|number| *number == card.sku) => {
            remarks.extend(account.remark(&card.sku));
            Ok(receipt(&card.sku, remarks))
        }
        // a receipt of something else says nothing of ours: a look-up does
        Ok(_) => Err(unreadable(Purpose::creating(ITEMS, order.document))),
        Err(taken) if is_article_number_taken(&taken) => Err(who_has_it(order.api, card, taken).await),
        Err(error) => Err(error),
    }
}

/// A taken number is an item of an earlier attempt of ours, or of one that was deleted and keeps its number. In the latter
/// case nothing of ours stands there.
async fn who_has_it(api: &Api, card: &ArticleCard, taken: Error) -> Error {
    match standing(api, &card.sku).await {
        Ok(None) => match gone(api, &card.sku).await {
            gone if gone.reason.code == VANISHED => gone,
            _ => article_number_taken(&card.sku).delivery(Delivery::NotDelivered),
        },
        Ok(Some(_)) | Err(_) => taken,
    }
}

/// Brings the item with this number up to date. Somebody who changes it at the same time is read again once.
async fn update(order: &Order<'_>, number: &str) -> Result<Receipt, Error> {
    match attempt(order, number).await {
        Err(stale) if is_stale(&stale) => attempt(order, number).await,
        outcome => outcome,
    }
}

/// An item that stands, and how it is to be changed.
struct Compared {
    item: Item,
    change: Sent,
    remarks: Vec<Reason>,
}

async fn compared(order: &Order<'_>, number: &str) -> Result<Compared, Error> {
    let api = order.api;
    let Some(item) = standing(api, number).await? else {
        return Err(gone(api, number).await);
    };
    let mut remarks = Vec::new();
    let wanted = Wanted::of(order.card, order.language, &mut remarks)?;
    let account = match wanted.rate.filter(|rate| item.rate() != Some(*rate)) {
        Some(rate) => order.accounts.at(api, Some(rate)).await?,
        None => Account::NotAsked,
    };
    let change = wanted.change(&item, &account, &mut remarks);
    Ok(Compared {
        item,
        change,
        remarks,
    })
}

async fn attempt(order: &Order<'_>, number: &str) -> Result<Receipt, Error> {
    let api = order.api;
    let Compared {
        item,
        change,
        remarks,
    } = compared(order, number).await?;
    if change.is_empty() {
        return Ok(receipt(number, remarks));
    }
    let version = item.version.ok_or_else(|| unreadable(Purpose::reading(ITEMS)))?;
    let version = version.to_string();
    let (path, query) = ([ITEMS, item.id.as_str()], [("version", version.as_str())]);
    api.patch(&path, &query, &change, order.document, order.window)
        .await?;
    Ok(receipt(number, remarks))
}

/// An item that is not listed is gone, unless the system lists none at all.
async fn gone(api: &Api, number: &str) -> Error {
    match any(api).await {
        Ok(true) => article_gone(number),
        Ok(false) => Error::transient(VANISHED),
        Err(error) => error,
    }
}

fn receipt(number: &str, remarks: Vec<Reason>) -> Receipt {
    Receipt {
        remarks,
        ..Receipt::of(number)
    }
}
