//! Sentences for people, by reason code, in Swedish and English.
//!
//! Everything else speaks in codes and parameters; here they become "what happened" and "what to do". Both languages have
//! the same codes with the same placeholders, which a test holds. A code without a sentence still gets one: a plain one
//! that names it.

use std::collections::BTreeMap;

use serde::Deserialize;
use skarv_canonical::Reason;

mod category;
mod who;

pub(crate) use category::Category;
pub(crate) use who::WhoActs;

/// What a person reads about a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explained {
    /// What happened, in Swedish.
    pub(crate) message_sv: String,
    /// What happened, in English.
    pub(crate) message_en: String,
    /// What to do, in Swedish. Empty when there is no advice.
    pub(crate) fix_sv: String,
    /// What to do, in English.
    pub(crate) fix_en: String,
    /// Who can do it, or otherwise gets it moving.
    pub(crate) who: WhoActs,
    /// Whose trouble it is.
    pub(crate) category: Category,
}

/// The language files.
#[derive(Debug)]
pub(crate) struct Messages {
    sv: Language,
    en: Language,
    who: who::Table,
    categories: category::Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    /// For a code without a sentence.
    fallback: String,
    reasons: BTreeMap<String, String>,
    fixes: BTreeMap<String, String>,
    /// What stands for a word of ours in a sentence.
    words: BTreeMap<String, String>,
}

impl Messages {
    /// The files that are built in.
    pub(crate) fn embedded() -> Result<Self, toml::de::Error> {
        let sv = toml::from_str(include_str!("../../messages/sv.toml"))?;
        let en = toml::from_str(include_str!("../../messages/en.toml"))?;
        Ok(Self {
            sv,
            en,
            who: who::Table::embedded()?,
            categories: category::Table::embedded()?,
        })
    }

    /// A reason in words.
    pub(crate) fn explain(&self, reason: &Reason) -> Explained {
        Explained {
            message_sv: self.sv.message(reason),
            message_en: self.en.message(reason),
            fix_sv: self.sv.fix(reason),
            fix_en: self.en.fix(reason),
            who: self.who.who(reason),
            category: self.categories.category(reason),
        }
    }
}

impl Language {
    fn message(&self, reason: &Reason) -> String {
        match self.reasons.get(&reason.code) {
            Some(sentence) => self.fill(sentence, reason),
            None => self.fill(&self.fallback, &reason.clone().with("code", &reason.code)),
        }
    }

    fn fix(&self, reason: &Reason) -> String {
        self.fixes
            .get(&reason.fix)
            .map(|sentence| self.fill(sentence, reason))
            .unwrap_or_default()
    }

    /// Puts parameters into a sentence. A parameter that is missing shows as a dash, never as a brace.
    fn fill(&self, sentence: &str, reason: &Reason) -> String {
        let mut filled = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, name, after)) = placeholder(rest) {
            filled.push_str(before);
            filled.push_str(self.said(name, reason));
            rest = after;
        }
        filled + rest
    }

    /// What stands in the place of a placeholder. One that ends in `!` is a word of ours, said in this language.
    fn said<'a>(&'a self, name: &str, reason: &'a Reason) -> &'a str {
        let of = |name: &str| reason.params.get(name).map_or("–", String::as_str);
        match name.strip_suffix('!') {
            None => of(name),
            Some(name) => self.words.get(of(name)).map_or_else(|| of(name), String::as_str),
        }
    }
}

/// The text before the next placeholder, its name, and the text after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use skarv_canonical::{eligibility::NotEligible, payment_rule::Withheld};

    use super::*;

    fn placeholders(sentence: &str) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        let mut rest = sentence;
        while let Some((_, name, after)) = placeholder(rest) {
            names.insert(name);
            rest = after;
        }
        names
    }

    fn shape(sentences: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<&str>> {
        sentences
            .iter()
            .map(|(code, sentence)| (code.as_str(), placeholders(sentence)))
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_codes_and_placeholders() {
        let messages = Messages::embedded().unwrap();
        assert_eq!(shape(&messages.sv.reasons), shape(&messages.en.reasons));
        assert_eq!(shape(&messages.sv.fixes), shape(&messages.en.fixes));
    }

    #[test]
    fn a_sentence_is_filled_with_the_reasons_parameters() {
        let messages = Messages::embedded().unwrap();
        let reason = Reason::data("sum_mismatch")
            .with("rows", "124.00")
            .with("total", "125.00")
            .with("difference", "1.00")
            .with("currency", "SEK")
            .fix("correct_order_rows");
        let explained = messages.explain(&reason);
        assert!(
            explained.message_en.contains("124.00 SEK"),
            "{}",
            explained.message_en
        );
        assert!(!explained.fix_sv.is_empty());
    }

    #[test]
    fn an_unknown_code_still_gets_a_sentence_that_names_it() {
        let explained = Messages::embedded().unwrap().explain(&Reason::data("brand_new"));
        assert!(explained.message_sv.contains("brand_new") && explained.message_en.contains("brand_new"));
        assert_eq!(explained.fix_sv, "");
    }

    #[test]
    fn a_missing_parameter_shows_as_a_dash() {
        let sv = Messages::embedded().unwrap().sv;
        assert_eq!(sv.fill("{a} of {b}", &Reason::data("x").with("a", 1)), "1 of –");
    }

    #[test]
    fn words_of_ours_are_said_in_the_readers_language() {
        let messages = Messages::embedded().unwrap();
        let words = |language: &Language| language.words.keys().cloned().collect::<Vec<_>>();
        assert_eq!(words(&messages.sv), words(&messages.en));
        use skarv_canonical::{invoice::RowKind, vat::VatScheme};
        let rows = [
            RowKind::Goods,
            RowKind::Shipping,
            RowKind::Wrapping,
            RowKind::Fee,
            RowKind::Rounding,
        ];
        let schemes = [
            VatScheme::Domestic,
            VatScheme::Oss,
            VatScheme::ReverseCharge,
            VatScheme::Export,
        ];
        for word in rows
            .map(RowKind::as_str)
            .into_iter()
            .chain(schemes.map(VatScheme::as_str))
        {
            assert!(messages.sv.words.contains_key(word), "{word}");
        }
        let missing = Reason::configuration("account_missing")
            .with("row", "goods")
            .with("scheme", "domestic")
            .with("country", "SE")
            .with("rate", 6);
        let said = messages.explain(&missing).message_sv;
        assert_eq!(
            said,
            "Det finns inget konto för varor, försäljning inom landet, SE, moms 6 %."
        );
    }

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() && !["fake", "tests", "fixtures"].contains(&name.as_str()) {
                sources(&path, found);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                found.push(path);
            }
        }
    }

    /// The text literals that follow each of these beginnings: the first, and with `both` one right after it.
    fn literals(code: &str, beginnings: &[&str], both: bool) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for rest in beginnings
            .iter()
            .flat_map(|beginning| code.split(beginning).skip(1))
        {
            let Some((first, after)) = rest.split_once('"') else {
                continue;
            };
            let second = after
                .strip_prefix(", \"")
                .and_then(|next| next.split_once('"'))
                .map(|(second, _)| second);
            found.extend(if both { second } else { Some(first) }.map(str::to_owned));
        }
        found
    }

    /// How the code writes a reason, and how single connectors do.
    const BEGINNINGS: [&str; 11] = [
        "data(\"",
        "configuration(\"",
        "credentials(\"",
        "transient(\"",
        "Class::Transient, \"",
        "Class::RateLimited, \"",
        "Class::Credentials, \"",
        "Class::Configuration, \"",
        "Class::UnknownOutcome, \"",
        "trouble(\"",
        "about_",
    ];

    /// Codes of refunds are handed from function to function.
    fn refunds(code: &str) -> impl Iterator<Item = String> {
        let texts = code.split('"').skip(1).step_by(2);
        texts
            .filter(|text| text.starts_with("refund_") && !text.contains(' '))
            .map(str::to_owned)
    }

    fn codes_of_eligibility() -> [String; 6] {
        use NotEligible::{BeforeStartDate, Cancelled, NotInTriggerState, Payment, TestOrder};
        [
            BeforeStartDate,
            TestOrder,
            Cancelled,
            NotInTriggerState,
            Payment(Withheld::NotPaid),
            Payment(Withheld::MethodNotSent),
        ]
        .map(|why| why.code().to_owned())
    }

    #[test]
    fn every_reason_that_is_given_has_a_sentence() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut files = Vec::new();
        for folder in [
            "connectors",
            "agent/src",
            "control-plane/store/src",
            "control-plane/src/app",
        ] {
            sources(&root.join(folder), &mut files);
        }
        let messages = Messages::embedded().unwrap();
        let (mut reasons, mut fixes) = (BTreeSet::new(), BTreeSet::new());
        for file in files {
            let text = fs::read_to_string(file).unwrap();
            let code = text.split("mod tests").next().unwrap_or_default();
            let code = code
                .replace("about_account(\"", "about_")
                .replace("about_year(\"", "about_");
            reasons.extend(literals(&code, &BEGINNINGS, false));
            fixes.extend(literals(&code, &[".fix(\""], false));
            fixes.extend(literals(&code, &BEGINNINGS[..4], true));
            reasons.extend(refunds(&code));
        }
        reasons.extend(codes_of_eligibility());
        reasons.retain(|code| !code.contains(|c: char| !c.is_ascii_lowercase() && c != '_'));
        assert!(
            reasons.len() > 60 && fixes.len() > 25,
            "the search found too little: {} and {}",
            reasons.len(),
            fixes.len()
        );
        let missing: Vec<_> = reasons
            .iter()
            .filter(|code| !messages.sv.reasons.contains_key(*code))
            .collect();
        assert!(missing.is_empty(), "no sentence for {missing:?}");
        let missing: Vec<_> = fixes
            .iter()
            .filter(|code| !messages.sv.fixes.contains_key(*code))
            .collect();
        assert!(missing.is_empty(), "no advice for {missing:?}");
    }
}
