//! What a run would do, record by record and field by field.

use skarv_proto::v1 as pb;

use super::words::{entity, last, sentences, stream};
use crate::config::Lang;

/// The whole telling: what would become of how many, then each record.
pub(crate) fn dry_run(run: &pb::Run, told: &pb::DryRun, lang: Lang) -> String {
    let mut parts = vec![head(run, told, lang)];
    parts.extend(told.records.iter().map(|record| of_one(record, lang)));
    parts.join("\n\n")
}

/// A dry run that came to nothing: why, and what to do.
pub(crate) fn not_foreseen(run: &pb::Run, lang: Lang) -> String {
    let subject = stream(last(&run.subject), lang);
    let why = run.error.as_ref().map(|error| sentences(error, lang));
    let outcome = match (run.state(), lang) {
        (pb::RunState::Failed, Lang::Sv) => "provkörningen gick inte att göra.",
        (pb::RunState::Failed, Lang::En) => "the dry run could not be made.",
        (pb::RunState::Cancelled, Lang::Sv) => "provkörningen avbröts.",
        (pb::RunState::Cancelled, Lang::En) => "the dry run was cancelled.",
        (_, Lang::Sv) => "provkörningen är inte klar än.",
        (_, Lang::En) => "the dry run is not over yet.",
    };
    format!("{subject}: {outcome} {}", why.unwrap_or_default())
        .trim_end()
        .to_owned()
}

fn head(run: &pb::Run, told: &pb::DryRun, lang: Lang) -> String {
    let counts = run.totals.unwrap_or_default();
    let counts = [
        (counts.written, "skrivs", "to be written"),
        (counts.adopted, "tas över", "to be taken over"),
        (counts.unchanged, "oförändrade", "unchanged"),
        (counts.dropped, "skickas inte", "not sent"),
        (counts.parked, "parkeras", "to be parked"),
    ];
    let say = |sv: &'static str, en: &'static str| match lang {
        Lang::Sv => sv,
        Lang::En => en,
    };
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, sv, en)| format!("{count} {}", say(sv, en)))
        .collect();
    let counts = if counts.is_empty() {
        say("inget nytt", "nothing new").to_owned()
    } else {
        counts.join(", ")
    };
    let more = if told.has_more {
        say(" Det finns fler poster.", " There are more records.")
    } else {
        ""
    };
    let nothing = say(
        "Inget är skrivet: det här är en provkörning.",
        "Nothing is written: this is a dry run.",
    );
    let subject = stream(last(&run.subject), lang);
    format!("{subject}: {counts}. {nothing}{more}")
}

fn of_one(record: &pb::DryRunRecord, lang: Lang) -> String {
    let name = if record.reference.is_empty() {
        &record.source_key
    } else {
        &record.reference
    };
    let mut lines = vec![format!("{name}  {}", action(record.action(), lang))];
    lines.extend(
        record
            .reason
            .iter()
            .map(|reason| format!("  {}", sentences(reason, lang))),
    );
    for write in &record.writes {
        let place = [write.our_key.as_str(), write.foreign_id.as_str()];
        let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
        lines.push(format!(
            "  {}  {}  {}",
            entity(&write.entity, lang),
            action(write.action(), lang),
            place.join(" → ")
        ));
        lines.extend(write.changes.iter().map(change));
    }
    lines.join("\n").trim_end().to_owned()
}

fn action(action: pb::DryRunAction, lang: Lang) -> &'static str {
    let (sv, en) = match action {
        pb::DryRunAction::Create => ("skapas", "is made"),
        pb::DryRunAction::Update => ("ändras", "is changed"),
        pb::DryRunAction::Adopt => ("tas över som den är", "is taken over as it is"),
        pb::DryRunAction::Unchanged => ("oförändrad", "is unchanged"),
        pb::DryRunAction::Skip => ("skickas inte", "is not sent"),
        pb::DryRunAction::Park => ("parkeras", "is parked"),
        pb::DryRunAction::Unspecified => ("okänt", "unknown"),
    };
    match lang {
        Lang::Sv => sv,
        Lang::En => en,
    }
}

fn change(change: &pb::FieldChange) -> String {
    match (change.before.as_str(), change.after.as_str()) {
        ("", after) => format!("    {}: {after}", change.path),
        (before, "") => format!("    {}: {before} → –", change.path),
        (before, after) => format!("    {}: {before} → {after}", change.path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_told_with_its_writes_and_their_fields() {
        let run = pb::Run {
            subject: "tenants/a/flows/f/streams/orders".to_owned(),
            totals: Some(pb::RunTotals {
                written: 1,
                parked: 1,
                ..pb::RunTotals::default()
            }),
            ..pb::Run::default()
        };
        let change = |path: &str, before: &str, after: &str| pb::FieldChange {
            path: path.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        };
        let mut made = pb::DryRunRecord {
            source_key: "1042".to_owned(),
            reference: "XKBKNABJK".to_owned(),
            writes: vec![pb::DryRunWrite {
                entity: "invoice".to_owned(),
                our_key: "k3x9qa-1042".to_owned(),
                changes: vec![change("total", "", "1250"), change("name", "Tröja", "Tröja röd")],
                ..pb::DryRunWrite::default()
            }],
            ..pb::DryRunRecord::default()
        };
        made.set_action(pb::DryRunAction::Create);
        made.writes[0].set_action(pb::DryRunAction::Create);
        let mut parked = pb::DryRunRecord {
            source_key: "1043".to_owned(),
            reason: Some(pb::Reason {
                message_en: "The sum differs.".to_owned(),
                message_sv: "Summan skiljer.".to_owned(),
                ..pb::Reason::default()
            }),
            ..pb::DryRunRecord::default()
        };
        parked.set_action(pb::DryRunAction::Park);
        let told = pb::DryRun {
            records: vec![made, parked],
            has_more: true,
        };
        insta::assert_snapshot!(dry_run(&run, &told, Lang::Sv), @"
        ordrar: 1 skrivs, 1 parkeras. Inget är skrivet: det här är en provkörning. Det finns fler poster.

        XKBKNABJK  skapas
          faktura  skapas  k3x9qa-1042
            total: 1250
            name: Tröja → Tröja röd

        1043  parkeras
          Summan skiljer.
        ");
        insta::assert_snapshot!(dry_run(&run, &told, Lang::En), @"
        orders: 1 to be written, 1 to be parked. Nothing is written: this is a dry run. There are more records.

        XKBKNABJK  is made
          invoice  is made  k3x9qa-1042
            total: 1250
            name: Tröja → Tröja röd

        1043  is parked
          The sum differs.
        ");
    }
}
