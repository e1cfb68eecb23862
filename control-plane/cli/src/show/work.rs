//! Columns of what is done: runs and records, and what a connection test found.

use skarv_proto::v1 as pb;

use super::{
    Shown, table,
    words::{amount, message, reason, sentences, time, word},
};
use crate::{config::Lang, names};

impl Shown for pb::Run {
    const COLUMNS: &'static [&'static str] = &[
        "name", "purpose", "state", "subject", "read", "written", "parked", "created", "ended",
    ];

    fn cells(&self) -> Vec<String> {
        let totals = self.totals.unwrap_or_default();
        vec![
            self.name.clone(),
            word(self.purpose().as_str_name(), "RUN_PURPOSE"),
            word(self.state().as_str_name(), "RUN_STATE"),
            self.subject.clone(),
            totals.read.to_string(),
            totals.written.to_string(),
            totals.parked.to_string(),
            time(self.create_time.as_ref()),
            time(self.end_time.as_ref()),
        ]
    }

    fn more(&self, lang: Lang) -> Vec<(String, String)> {
        let totals = self.totals.unwrap_or_default();
        let counts = [
            ("found there and taken over", totals.adopted),
            ("there already", totals.unchanged),
            ("not to be sent", totals.dropped),
            ("outcome unknown", totals.unknown),
            ("requests tried again", totals.retries),
        ];
        let share = self
            .percent
            .map(|percent| ("done".to_owned(), format!("{percent} %")));
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        let counts = counts.map(|(what, count)| (what.to_owned(), count.to_string()));
        let checked = self.check.iter().flat_map(|check| items(check, lang));
        share
            .into_iter()
            .chain(counts)
            .chain(reason(self.error.as_ref(), lang))
            .chain(checked)
            .collect()
    }

    fn remark(&self, lang: Lang) -> String {
        self.error
            .as_ref()
            .map_or_else(String::new, |why| sentences(why, lang))
    }
}

impl Shown for pb::Record {
    const COLUMNS: &'static [&'static str] = &["key", "reference", "state", "amount", "changed"];

    fn cells(&self) -> Vec<String> {
        let key = names::record_parts(&self.name).map_or("", |(_, key)| key);
        vec![
            key.to_owned(),
            self.reference.clone(),
            word(self.state().as_str_name(), "RECORD_STATE"),
            amount(self.amount.as_ref()),
            time(self.update_time.as_ref()),
        ]
    }

    fn more(&self, lang: Lang) -> Vec<(String, String)> {
        let name = ("name".to_owned(), self.name.clone());
        let doubts = self.doubts.iter().map(|doubt| {
            let what = format!("in doubt: {}", doubt.entity);
            (what, doubt.reference.clone())
        });
        [name]
            .into_iter()
            .chain(doubts)
            .chain(reason(self.reason.as_ref(), lang))
            .collect()
    }

    fn remark(&self, lang: Lang) -> String {
        let why = self.reason.as_ref();
        why.map_or_else(String::new, |why| message(why, lang).to_owned())
    }
}

impl Shown for pb::PreviewReplayResponse {
    const COLUMNS: &'static [&'static str] = &["records"];

    fn cells(&self) -> Vec<String> {
        vec![self.count.to_string()]
    }

    fn more(&self, _lang: Lang) -> Vec<(String, String)> {
        let reasons = self.reasons.iter();
        let reasons = reasons.map(|found| (found.reason_code.clone(), found.count.to_string()));
        let names = self.names.iter();
        let names = names.map(|name| ("such as".to_owned(), name.clone()));
        reasons.chain(names).collect()
    }
}

impl Shown for pb::IgnoreRecordsResponse {
    const COLUMNS: &'static [&'static str] = &["ignored"];

    fn cells(&self) -> Vec<String> {
        vec![self.count.to_string()]
    }
}

/// What a connection test found: what was reached, what is missing, and the fix.
pub(crate) fn check(run: &pb::Run, lang: Lang) -> String {
    let found = run.check.clone().unwrap_or_default();
    let system = [found.title.as_str(), found.system_version.as_str()].join(" ");
    let reached = [
        ("connection".to_owned(), run.subject.clone()),
        ("reached".to_owned(), system.trim().to_owned()),
    ];
    let failed = reason(run.error.as_ref(), lang);
    table::facts(reached.into_iter().chain(items(&found, lang)).chain(failed))
}

fn items(check: &pb::ConnectionCheck, lang: Lang) -> Vec<(String, String)> {
    let tell = |item: &pb::ConnectionCheckItem| {
        let problem = item.problem.as_ref();
        let found = problem.map_or_else(|| "ok".to_owned(), |why| sentences(why, lang));
        (item.code.replace('_', " "), found)
    };
    check.items.iter().map(tell).collect()
}
