//! What a person is shown of an item that would be made or changed: the fields that would be sent, with what stands there.

use skarv_canonical::shown::Change;
use skarv_connector::{Error, Foreseen, Preview};

use super::change::{Sent, Told};
use super::{Compared, New, Order, compared, ready};
use crate::error::article_account_missing;
use crate::item::Item;
use crate::preview::stands;

/// An item without an account is sent all the same, and refused by contract.
pub(super) async fn of_new(order: &Order<'_>) -> Result<Preview, Error> {
    let New {
        body,
        account,
        remarks,
    } = ready(order).await?;
    if account.number().is_none() {
        return Err(article_account_missing(order.card));
    }
    Ok(Preview::of(Foreseen::Made, changes(&body, None)).with_remarks(remarks))
}

pub(super) async fn of_change(order: &Order<'_>, number: &str) -> Result<Preview, Error> {
    let Compared {
        item,
        change,
        remarks,
    } = compared(order, number).await?;
    let preview = match change.is_empty() {
        true => stands(),
        false => Preview::of(Foreseen::Changed, changes(&change, Some(&item))),
    };
    Ok(preview.with_remarks(remarks))
}

fn changes(sent: &Sent, item: Option<&Item>) -> Vec<Change> {
    let before = item.map(Told::of_item).unwrap_or_default();
    let after = sent.told();
    let pairs = before.into_fields().into_iter().zip(after.into_fields());
    let changes = pairs.filter_map(|((path, before), (_, after))| {
        let before = before.unwrap_or_default();
        let after = after.filter(|after| *after != before)?;
        Some(Change {
            path: path.to_owned(),
            before,
            after,
        })
    });
    changes.collect()
}
