//! What the streams of a flow are to do, from arguments and from a file. Arguments go before the file, the file before the
//! defaults. Orders are spoken of at the top, the others each in a table of their own, without which there is no such stream.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use serde_json::{Map, Value, json};
use skarv_proto::v1 as pb;

use super::date;
use crate::{failure::Usage, show::Json};

/// What the streams of a flow are to do. Rows are booked on the Swedish BAS accounts unless the file says otherwise.
#[derive(Args, Debug)]
pub(super) struct Settings {
    /// Orders from this day or time on are sent; a day begins at midnight UTC
    #[arg(long, value_name = "DATE", value_parser = date)]
    start_at: Option<DateTime<Utc>>,
    /// The shop's order states that send an order, such as 2,11
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    trigger_states: Vec<String>,
    /// ISO 3166 code of the seller's country [default: SE]
    #[arg(long, value_name = "CODE")]
    home_country: Option<String>,
    /// Days until an invoice is due [default: 30]
    #[arg(long, value_name = "DAYS")]
    payment_terms_days: Option<u32>,
    /// JSON or TOML file with an OrderSettings of the API for the rest, and product_settings, price_settings, stock_settings
    /// and status_settings, each of which adds its stream
    #[arg(long, alias = "file", value_name = "FILE")]
    settings_file: Option<PathBuf>,
}

/// Settings that are not of orders, by their names in a flow.
pub(super) const GOODS: [&str; 4] = [
    "product_settings",
    "price_settings",
    "stock_settings",
    "status_settings",
];

/// Where the settings of orders stand in a flow; in a file they may stand by themselves too.
const ORDERS: &str = "order_settings";

impl Settings {
    /// A flow with these settings and nothing else.
    pub(super) fn read(&self, json: &Json) -> anyhow::Result<pb::Flow> {
        let mut settings = self.said()?;
        for (name, value) in [("home_country", json!("SE")), ("payment_terms_days", json!(30))] {
            settings.entry(name).or_insert(value);
        }
        if !settings.contains_key("start_at") {
            return Err(Usage::new("from which day on are orders sent? Say --start-at DATE").into());
        }
        self.message(json, settings)
    }

    /// A flow with the settings that are to be changed, and which those are. Of orders each is changed by itself, of the others all.
    pub(super) fn changes(&self, json: &Json) -> anyhow::Result<(pb::Flow, Vec<String>)> {
        let settings = self.said()?;
        let path = |name: &String| {
            let whole = GOODS.contains(&name.as_str());
            if whole {
                name.clone()
            } else {
                format!("order_settings.{name}")
            }
        };
        let paths = settings.keys().map(path).collect();
        Ok((self.message(json, settings)?, paths))
    }

    /// What stands in the file and in the arguments, and nothing else.
    fn said(&self) -> anyhow::Result<Map<String, Value>> {
        let mut settings = match &self.settings_file {
            Some(file) => object(file)?,
            None => Map::new(),
        };
        // as a flow is read, and as a person copies it from there
        if let Some(Value::Object(orders)) = settings.remove(ORDERS) {
            settings.extend(orders);
        }
        self.put_into(&mut settings);
        Ok(settings)
    }

    fn message(&self, json: &Json, mut settings: Map<String, Value>) -> anyhow::Result<pb::Flow> {
        let mut flow = Map::new();
        for name in GOODS {
            flow.extend(settings.remove(name).map(|value| (name.to_owned(), value)));
        }
        flow.insert("order_settings".to_owned(), Value::Object(settings));
        json.read(Value::Object(flow)).map_err(|problem| {
            let source = self
                .settings_file
                .as_ref()
                .map_or_else(String::new, |file| file.display().to_string());
            problem.context(format!("these are no settings of a flow: {source}"))
        })
    }

    fn put_into(&self, settings: &mut Map<String, Value>) {
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                settings.insert(name.to_owned(), value);
            }
        };
        let at = self
            .start_at
            .map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        put("start_at", at.map(Value::String));
        let states = (!self.trigger_states.is_empty()).then(|| json!(self.trigger_states));
        put("trigger_state_ids", states);
        put("home_country", self.home_country.clone().map(Value::String));
        put(
            "payment_terms_days",
            self.payment_terms_days.map(|days| json!(days)),
        );
    }
}

fn object(file: &Path) -> anyhow::Result<Map<String, Value>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
    let parsed = match file.extension().and_then(|ending| ending.to_str()) {
        Some("json") => serde_json::from_str(&text).with_context(|| format!("{shown} is not JSON"))?,
        Some("toml") => {
            let table: toml::Table = toml::from_str(&text).with_context(|| format!("{shown} is not TOML"))?;
            from_toml(toml::Value::Table(table))
        }
        _ => bail!("{shown} must end in .json or .toml"),
    };
    match parsed {
        Value::Object(settings) => Ok(settings),
        _ => bail!("{shown} must hold one object"),
    }
}

/// TOML knows dates; JSON has them as text.
fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(yes) => Value::Bool(yes),
        toml::Value::Datetime(at) => Value::String(at.to_string()),
        toml::Value::Array(items) => items.into_iter().map(from_toml).collect(),
        toml::Value::Table(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, value)| (name, from_toml(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn flow(words: &[&str]) -> anyhow::Result<pb::Flow> {
        let line = Line::try_parse_from(["x"].iter().chain(words))?;
        line.settings.read(&Json::new()?)
    }

    fn read(words: &[&str]) -> anyhow::Result<pb::OrderSettings> {
        Ok(flow(words)?.order_settings.unwrap())
    }

    #[test]
    fn a_day_and_the_states_are_enough() {
        let settings = read(&["--start-at", "2026-10-15", "--trigger-states", "2,11"]).unwrap();
        assert_eq!(settings.start_at.unwrap().to_string(), "2026-10-15T00:00:00Z");
        assert_eq!(settings.trigger_state_ids, ["2", "11"]);
        assert_eq!(
            (settings.home_country.as_str(), settings.payment_terms_days),
            ("SE", 30)
        );
        assert!(settings.account_rules.is_empty());
    }

    #[test]
    fn an_argument_goes_before_the_file_and_the_file_before_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.toml");
        let text = "start_at = 2026-09-01T00:00:00+02:00\nhome_country = \"FI\"\npayment_terms_days = 10\n\
                    trigger_state_ids = [\"2\"]\n[[account_rules]]\nrow = \"ROW_KIND_GOODS\"\n\
                    scheme = \"VAT_SCHEME_DOMESTIC\"\naccount = 3001\n";
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let settings = read(&["--settings-file", file, "--payment-terms-days", "15"]).unwrap();
        assert_eq!(settings.start_at.unwrap().to_string(), "2026-08-31T22:00:00Z");
        assert_eq!(
            (settings.home_country.as_str(), settings.payment_terms_days),
            ("FI", 15)
        );
        assert_eq!(settings.account_rules[0].account, 3001);
    }

    #[test]
    fn a_table_of_its_own_adds_a_stream() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flow.toml");
        let text = "start_at = 2026-09-01T00:00:00+02:00\n[price_settings]\n[stock_settings]\nbuffer = 2\n\
                    [product_settings]\nmode = \"PRODUCT_MODE_UPDATE\"\ntax_groups = { \"25\" = \"1\" }\n";
        std::fs::write(&file, text).unwrap();
        let flow = flow(&["--file", file.to_str().unwrap()]).unwrap();
        assert_eq!(flow.price_settings, Some(pb::PriceSettings::default()));
        assert_eq!(flow.stock_settings.unwrap().buffer, 2);
        let products = flow.product_settings.unwrap();
        assert_eq!(products.mode(), pb::ProductMode::Update);
        assert_eq!(products.tax_groups["25"], "1");
        assert_eq!(flow.order_settings.unwrap().payment_terms_days, 30);
    }

    #[test]
    fn a_misspelt_field_of_the_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.json");
        std::fs::write(
            &file,
            r#"{"start_at": "2026-09-01T00:00:00Z", "home_contry": "SE"}"#,
        )
        .unwrap();
        let problem = format!(
            "{:#}",
            read(&["--settings-file", file.to_str().unwrap()]).unwrap_err()
        );
        assert!(problem.contains("home_contry"), "{problem}");
    }

    #[test]
    fn a_flow_without_a_first_day_is_not_asked_for() {
        assert!(read(&["--trigger-states", "2"]).is_err());
    }
}
