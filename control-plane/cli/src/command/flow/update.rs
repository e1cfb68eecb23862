//! `skarv flows update`: changes the settings that are named, and shows what that changes.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use serde_json::Value;
use skarv_proto::v1 as pb;

use super::{
    Named,
    settings::{GOODS, Settings},
};
use crate::{
    command::session::Session,
    config::Lang,
    failure::{Exit, Usage},
    show::{self, View},
};

#[derive(Args)]
pub(in crate::command) struct Update {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    settings: Settings,
    /// Take the settings of these streams away: they go off and keep their place
    #[arg(long, value_enum, value_name = "STREAMS", value_delimiter = ',')]
    without: Vec<Without>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// A stream that a flow may be without.
#[derive(Clone, Copy, ValueEnum)]
enum Without {
    Products,
    Prices,
    Stock,
    OrderStatus,
}

impl Without {
    /// Its settings, by their name in a flow.
    fn path(self) -> &'static str {
        match self {
            Self::Products => "product_settings",
            Self::Prices => "price_settings",
            Self::Stock => "stock_settings",
            Self::OrderStatus => "status_settings",
        }
    }
}

impl Update {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let (api, view) = (&session.api, &session.view);
        let (changed, mut paths) = self.settings.changes(view.json())?;
        paths.extend(self.without.iter().map(|stream| stream.path().to_owned()));
        if paths.is_empty() {
            return Err(Usage::new("what is to be changed? Say --file FILE, or name a setting").into());
        }
        let name = self.named.name()?;
        let request = pb::GetFlowRequest { name: name.clone() };
        let before = api.call(request, async |r| api.flows().get_flow(r).await).await?;
        let before = before.flow.unwrap_or_default();
        let request = pb::UpdateFlowRequest {
            flow: Some(pb::Flow {
                name,
                etag: before.etag.clone(),
                ..changed
            }),
            update_mask: Some(prost_types::FieldMask { paths }),
            validate_only: self.dry_run,
            ..pb::UpdateFlowRequest::default()
        };
        let after = api
            .call(request, async |r| api.flows().update_flow(r).await)
            .await?;
        let after = after.flow.unwrap_or_default();
        show(view, &before, &after, self.dry_run)?;
        Ok(Exit::Done)
    }
}

/// Shows the flow as it is now, or to people what that changed.
pub(super) fn show(view: &View, before: &pb::Flow, after: &pb::Flow, dry_run: bool) -> anyhow::Result<()> {
    if view.is_json() {
        view.one(after)
    } else {
        show::say(&told(view, before, after, dry_run)?)
    }
}

fn told(view: &View, before: &pb::Flow, after: &pb::Flow, dry_run: bool) -> anyhow::Result<String> {
    let lines = |flow: &pb::Flow| {
        let mut settings = view.json().write(flow)?;
        let mut lines = BTreeSet::new();
        flat(&settings["order_settings"].take(), "", &mut lines);
        for goods in GOODS {
            flat(&settings[goods].take(), goods, &mut lines);
        }
        anyhow::Ok(lines)
    };
    let changes = difference(&lines(before)?, &lines(after)?);
    if changes.is_empty() {
        return Ok(match view.lang() {
            Lang::Sv => "Inget skiljer från vad flödet redan gör.",
            Lang::En => "Nothing differs from what the flow does already.",
        }
        .to_owned());
    }
    Ok(format!("{}\n{}", changes.join("\n"), end(dry_run, view.lang())))
}

fn end(dry_run: bool, lang: Lang) -> &'static str {
    match (dry_run, lang) {
        (true, Lang::Sv) => "Inget är ändrat: det här visar bara vad som skulle ändras.",
        (true, Lang::En) => "Nothing is changed: this was a dry run.",
        (false, Lang::Sv) => {
            "Ändrat. Det som är skickat är som det var. Slå på ett flöde som står stilla igen, och skicka parkerade poster igen."
        }
        (false, Lang::En) => {
            "Changed. What was sent stays as it was. Switch a blocked flow on again, and send parked records again."
        }
    }
}

/// What is gone, and what is new, in the order of the settings' names.
fn difference(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<String> {
    let gone = before.difference(after).map(|line| (line, '-'));
    let new = after.difference(before).map(|line| (line, '+'));
    let mut all: Vec<_> = gone.chain(new).collect();
    // of one setting what it was, then what it is
    all.sort_by_key(|(line, sign)| {
        (
            line.split(": ").next().unwrap_or_default().to_owned(),
            *sign != '-',
        )
    });
    all.into_iter()
        .map(|(line, sign)| format!("{sign} {line}"))
        .collect()
}

/// Each setting on a line of its own, such as `customer_settings.cards: "CARD_UPKEEP_KEEP"`; of a list each item.
fn flat(value: &Value, at: &str, lines: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                flat(value, &at, lines);
            }
        }
        Value::Null => {}
        Value::Array(items) => lines.extend(items.iter().map(|item| format!("{at}: {item}"))),
        value => {
            lines.insert(format!("{at}: {value}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_shows_what_was_and_what_is() {
        let lines = |value| {
            let mut lines = BTreeSet::new();
            flat(&value, "", &mut lines);
            lines
        };
        let before = lines(json!({"days": 30, "states": ["2"], "cards": {"keep": true}}));
        let after = lines(json!({"days": 10, "states": ["2", "11"], "cards": {"keep": true}}));
        assert_eq!(
            difference(&before, &after),
            ["- days: 30", "+ days: 10", "+ states: \"11\""]
        );
        assert!(difference(&before, &before).is_empty());
    }
}
