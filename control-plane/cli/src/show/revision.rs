//! What a flow was at each change, newest first: who changed what.

use skarv_proto::v1 as pb;

use super::{Shown, words::time};
use crate::config::Lang;

impl Shown for pb::FlowRevision {
    const COLUMNS: &'static [&'static str] = &["revision", "made", "by", "changes"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.revision.to_string(),
            time(self.create_time.as_ref()),
            self.author.clone(),
            self.changes.len().to_string(),
        ]
    }
}

/// Each with its changes below it; of the first, which is all of the flow, only how many settings it has.
pub(crate) fn revisions(revisions: &[pb::FlowRevision], lang: Lang) -> String {
    let told: Vec<String> = revisions.iter().map(|revision| of_one(revision, lang)).collect();
    told.join("\n\n")
}

fn of_one(revision: &pb::FlowRevision, lang: Lang) -> String {
    let head = format!(
        "{}  {}  {}",
        revision.revision,
        time(revision.create_time.as_ref()),
        revision.author
    );
    if revision.revision == 1 {
        let settings = revision.changes.len();
        return match lang {
            Lang::Sv => format!("{head}\n  skapat med {settings} inställningar"),
            Lang::En => format!("{head}\n  made with {settings} settings"),
        };
    }
    let changes = revision.changes.iter().map(|change| {
        let or_nothing = |text: &str| {
            if text.is_empty() {
                "–".to_owned()
            } else {
                text.to_owned()
            }
        };
        format!(
            "  {}: {} → {}",
            change.path,
            or_nothing(&change.before),
            or_nothing(&change.after)
        )
    });
    std::iter::once(head)
        .chain(changes)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_what_was_and_what_is() {
        let revision = |revision, changes: &[(&str, &str, &str)]| pb::FlowRevision {
            revision,
            author: "api_key web-agency".to_owned(),
            changes: changes
                .iter()
                .map(|(path, before, after)| pb::FieldChange {
                    path: (*path).to_owned(),
                    before: (*before).to_owned(),
                    after: (*after).to_owned(),
                })
                .collect(),
            create_time: None,
        };
        let days = ("order_settings.payment_terms_days", "30", "10");
        let stock = ("stock_settings.buffer", "", "2");
        let all = [revision(2, &[days, stock]), revision(1, &[days])];
        insta::assert_snapshot!(revisions(&all, Lang::En), @"
        2    api_key web-agency
          order_settings.payment_terms_days: 30 → 10
          stock_settings.buffer: – → 2

        1    api_key web-agency
          made with 1 settings
        ");
    }
}
