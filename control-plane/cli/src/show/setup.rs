//! Columns of what is set up: tenants, connectors, connections, flows, streams.

use skarv_proto::v1 as pb;

use super::{
    Shown,
    words::{reason, sentences, time, word},
};
use crate::config::Lang;

impl Shown for pb::Tenant {
    const COLUMNS: &'static [&'static str] = &["name", "display name", "org number", "partner", "created"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.display_name.clone(),
            self.org_number.clone(),
            self.partner.clone(),
            time(self.create_time.as_ref()),
        ]
    }
}

impl Shown for pb::Connector {
    const COLUMNS: &'static [&'static str] = &["connector", "title", "version", "side", "vendor"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.connector.clone(),
            self.title.clone(),
            self.version.clone(),
            self.side.clone(),
            badge(self.verified),
        ]
    }

    fn more(&self, lang: Lang) -> Vec<(String, String)> {
        let settings = self.settings.iter().map(|field| describe("setting", field, lang));
        let secrets = self.secrets.iter().map(|field| describe("secret", field, lang));
        // the API has it in Swedish only
        let notice = (lang == Lang::Sv).then(|| ("notice".to_owned(), self.notice.clone()));
        notice.into_iter().chain(settings).chain(secrets).collect()
    }
}

fn badge(verified: bool) -> String {
    let words = if verified {
        "verified with the vendor"
    } else {
        "not verified with the vendor"
    };
    words.to_owned()
}

fn describe(what: &str, field: &pb::ConnectorSetting, lang: Lang) -> (String, String) {
    let label = match lang {
        Lang::Sv => &field.label_sv,
        Lang::En => &field.label_en,
    };
    let need = match (field.required, field.default_value.as_str()) {
        (true, _) => "required".to_owned(),
        (false, "") => "optional".to_owned(),
        (false, value) => format!("default {value}"),
    };
    (
        format!("{what} {}", field.name),
        format!("{label} ({}, {need})", field.kind),
    )
}

impl Shown for pb::Connection {
    const COLUMNS: &'static [&'static str] = &["name", "connector", "state", "shop ref", "vendor", "created"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.connector.clone(),
            word(self.state().as_str_name(), "CONNECTION_STATE"),
            self.shop_ref.clone(),
            badge(self.verified),
            time(self.create_time.as_ref()),
        ]
    }

    fn more(&self, lang: Lang) -> Vec<(String, String)> {
        let mut facts = reason(self.block_reason.as_ref(), lang);
        let settings = self.settings.iter();
        let mut settings: Vec<_> = settings
            .map(|(name, value)| (format!("setting {name}"), value.clone()))
            .collect();
        settings.sort();
        facts.extend(settings);
        facts
    }

    fn remark(&self, lang: Lang) -> String {
        let why = self.block_reason.as_ref();
        why.map_or_else(String::new, |why| sentences(why, lang))
    }
}

impl Shown for pb::Flow {
    const COLUMNS: &'static [&'static str] = &["name", "template", "state", "shop", "erp", "created"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            word(self.template().as_str_name(), "TEMPLATE"),
            word(self.state().as_str_name(), "FLOW_STATE"),
            self.shop_connection.clone(),
            self.erp_connection.clone(),
            time(self.create_time.as_ref()),
        ]
    }

    fn more(&self, _lang: Lang) -> Vec<(String, String)> {
        let Some(orders) = &self.order_settings else {
            return Vec::new();
        };
        let fact = |name: &str, value: String| (name.to_owned(), value);
        let products = self
            .product_settings
            .as_ref()
            .map(|of| fact("products", products(of)));
        let prices = self.price_settings.as_ref().map(|of| fact("prices", prices(of)));
        let stock = self.stock_settings.as_ref().map(|of| fact("stock", stock(*of)));
        let statuses = self.status_settings.iter().flat_map(|of| &of.rules);
        let statuses = statuses.map(|rule| fact("status", status(rule)));
        let rules = orders
            .account_rules
            .iter()
            .map(|rule| fact("account", account(rule)));
        [
            fact("orders from", time(orders.start_at.as_ref())),
            fact("sent in states", states(orders)),
            fact("test buyers", orders.test_buyers.join(", ")),
            fact("home country", orders.home_country.clone()),
            fact("payment terms", format!("{} days", orders.payment_terms_days)),
            fact(
                "takes stock",
                if orders.takes_stock { "yes" } else { "no" }.to_owned(),
            ),
        ]
        .into_iter()
        .chain(rules)
        .chain(products)
        .chain(prices)
        .chain(stock)
        .chain(statuses)
        .collect()
    }
}

fn products(of: &pb::ProductSettings) -> String {
    let fields: Vec<_> = of
        .fields()
        .map(|field| word(field.as_str_name(), "ARTICLE_FIELD"))
        .collect();
    let mode = word(of.mode().as_str_name(), "PRODUCT_MODE");
    format!("{mode}: {}", fields.join(", "))
}

fn prices(of: &pb::PriceSettings) -> String {
    let tax = if of.with_tax { "with" } else { "without" };
    let campaigns = if of.without_campaigns { "without" } else { "with" };
    format!("{tax} tax, {campaigns} campaigns")
}

fn stock(of: pb::StockSettings) -> String {
    let sold = if of.decides_sold_when_empty {
        ", decides what is sold when empty"
    } else {
        ""
    };
    format!("{} kept back{sold}", of.buffer)
}

fn status(rule: &pb::StatusRule) -> String {
    let event = word(rule.event().as_str_name(), "ORDER_EVENT");
    let mail = if rule.mail { ", mails the buyer" } else { "" };
    let tracking = if rule.tracking {
        ", parcel number first"
    } else {
        ""
    };
    format!("{event} sets state {}{mail}{tracking}", rule.state_id)
}

/// The states that send an order: by id, by name, by meaning.
fn states(orders: &pb::OrderSettings) -> String {
    let ids = orders.trigger_state_ids.iter().cloned();
    let names = orders.trigger_state_names.iter().cloned();
    let meanings = orders
        .trigger_meanings()
        .map(|meaning| word(meaning.as_str_name(), "TRIGGER_MEANING"));
    ids.chain(names).chain(meanings).collect::<Vec<_>>().join(", ")
}

fn account(rule: &pb::AccountRule) -> String {
    let mut line = format!(
        "{} {}, {}",
        rule.account,
        word(rule.row().as_str_name(), "ROW_KIND"),
        word(rule.scheme().as_str_name(), "VAT_SCHEME"),
    );
    if let Some(country) = &rule.country {
        line.push_str(&format!(", {country}"));
    }
    if let Some(rate) = &rule.rate {
        line.push_str(&format!(", {rate} %"));
    }
    line
}

impl Shown for pb::Stream {
    const COLUMNS: &'static [&'static str] = &["name", "state", "every", "last in order", "active run"];

    fn cells(&self) -> Vec<String> {
        let every = self.interval.as_ref();
        vec![
            self.name.clone(),
            word(self.state().as_str_name(), "STREAM_STATE"),
            every.map_or_else(String::new, |every| format!("{} s", every.seconds)),
            time(self.last_ok_time.as_ref()),
            self.active_run.clone(),
        ]
    }

    fn more(&self, lang: Lang) -> Vec<(String, String)> {
        reason(why_still(self), lang)
    }

    fn remark(&self, lang: Lang) -> String {
        why_still(self).map_or_else(String::new, |why| sentences(why, lang))
    }
}

/// Why a stream does not run.
fn why_still(stream: &pb::Stream) -> Option<&pb::Reason> {
    stream.off_reason.as_ref().or(stream.block_reason.as_ref())
}
