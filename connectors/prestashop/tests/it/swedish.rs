//! Real Swedish orders, made by real shops: what becomes of each must equal what its shop was paid, and of each refund what
//! its shop gave back.
//!
//! Two things hold it: the figures that are known of each order, and a snapshot of what became of it. The orders are not
//! part of the project. Where they are, a person names the folder in `SKARV_SE_ORDERS`.

mod given_back;

use std::{collections::BTreeMap, path::PathBuf};

use rust_decimal::Decimal;
use skarv_canonical::{
    Reason, mapping,
    order::Order,
    record::{Pulled, Record},
    spec::OrderSettings,
    write::Document,
};

use crate::{
    connection::{KEY, read_all, source, states_passed, triggers},
    outcome::{bookkeeping, told},
    webservice::Webservice,
};

const NOW: &str = "2026-11-24T00:00:00Z";

/// What is said about an order in its set-up's table.
struct Said {
    tags: String,
    notes: String,
    states: Vec<String>,
    total: Decimal,
    net: Decimal,
    /// Its credit slips, by their ids.
    slips: BTreeMap<String, given_back::Slip>,
    /// Tax by rate. Empty where the table does not derive it: an average over the goods.
    vat: BTreeMap<String, Decimal>,
}

impl Said {
    fn has_slip(&self, source_key: &str) -> bool {
        source_key
            .strip_prefix('R')
            .is_some_and(|slip| self.slips.contains_key(slip))
    }
}

#[tokio::test]
#[ignore = "reads orders of real shops, which are not part of the repository; .ci/run does where they are"]
async fn swedish_orders_become_invoices() {
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for setup in setups() {
        let name = setup
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let said = said(&setup);
        let shop = Webservice::of_folder(setup.clone()).await;
        // nothing is kept back here, so that no contradiction is passed over
        let mut settings = bookkeeping("2000-01-01T00:00:00Z");
        settings.triggers = triggers(states_of(&setup));
        let source = source(&shop.base_url, KEY, settings.clone()).await;
        let records = read_all(source.as_ref(), 100, NOW).await;
        let orders = records
            .iter()
            .filter(|record| !record.source_key.starts_with('R'));
        assert_eq!(orders.count(), said.len(), "{name}");
        let slips: usize = said.values().map(|said| said.slips.len()).sum();
        if records.len() != said.len() {
            assert_eq!(records.len() - said.len(), slips, "slips of {name}");
        }
        for (order, said) in &said {
            let of_order =
                |record: &&Pulled| record.source_key == *order || said.has_slip(&record.source_key);
            let of_order: Vec<&Pulled> = records.iter().filter(of_order).collect();
            for record in &of_order {
                let outcome = judge(record, said, &settings);
                *outcomes.entry(outcome.clone().unwrap_or_else(|e| e)).or_default() += 1;
                if let Err(complaint) = outcome {
                    wrong.push(format!(
                        "{name} {} [{}]: {complaint}",
                        record.source_key, said.tags
                    ));
                }
            }
            let text: String = of_order.iter().map(|record| told(record, &settings)).collect();
            insta::with_settings!({
                snapshot_path => format!("../snapshots/{name}"), prepend_module_to_snapshot => false,
                omit_expression => true, description => said.tags.clone(),
            }, { insta::assert_snapshot!(order.as_str(), text) });
        }
    }
    println!("{outcomes:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(outcomes["invoiced"] > 240, "{outcomes:?}");
    assert!(outcomes["credited"] > 40, "{outcomes:?}");
}

/// The outcome's name, or what is wrong with it.
fn judge(record: &Pulled, said: &Said, settings: &OrderSettings) -> Result<String, String> {
    let order = match &record.content {
        Ok(Record::Order(order)) => order,
        Ok(Record::Refund(refund)) => {
            let slip = &said.slips[&refund.key];
            return match mapping::credit_note(refund, "k3x9qa", settings) {
                Ok(credit) => slip.equals(&credit).map(|()| "credited".to_owned()),
                Err(reason) => slip.parked(&reason).or_else(|_| parked(&reason, said)),
            };
        }
        Ok(other) => return Err(format!("neither order nor refund: {other:?}")),
        Err(reason) => return parked(reason, said),
    };
    if order.cancelled != said.tags.contains("cancelled") || states_passed(order) != said.states {
        return Err(format!(
            "{:?}, cancelled: {}",
            order.states_passed, order.cancelled
        ));
    }
    let writes = match mapping::order(order, "k3x9qa", settings) {
        Ok(writes) => writes,
        Err(reason) => return parked(&reason, said),
    };
    let invoice = writes.iter().find_map(|write| match &write.document {
        Document::Invoice(invoice) => Some(invoice),
        _ => None,
    });
    let total = invoice.ok_or("no invoice")?.total;
    if total != said.total {
        return Err(format!("invoice {total}, paid {}", said.total));
    }
    vat_agrees(order, said)?;
    Ok("invoiced".to_owned())
}

/// Orders that a person must look at, by what is known of them.
fn parked(reason: &Reason, said: &Said) -> Result<String, String> {
    let justified = match reason.code.as_str() {
        "sum_mismatch" => said.tags.contains("vat-flag-without-module"),
        "vat_rate_contradicts" => said.notes.contains("taxes say"),
        "split_cart_mismatch" => said.tags.contains("split-order-amount"),
        _ => false,
    };
    if justified {
        Ok(reason.code.clone())
    } else {
        Err(reason.to_string())
    }
}

fn vat_agrees(order: &Order, said: &Said) -> Result<(), String> {
    let near = Decimal::new(2, 2);
    if said.vat.is_empty() {
        let tax: Decimal = order.taxes.iter().map(|share| share.tax).sum();
        let difference = tax - (said.total - said.net);
        // the header's tax comes from pieces rounded one by one where the shop rounds so
        return if difference.abs() <= Decimal::new(5, 2) {
            Ok(())
        } else {
            Err(format!("tax {difference} off"))
        };
    }
    for share in &order.taxes {
        let expected = said.vat.get(&share.rate.to_string()).copied().unwrap_or_default();
        if (share.tax - expected).abs() > near {
            return Err(format!(
                "{} %: tax {}, expected {expected}",
                share.rate, share.tax
            ));
        }
    }
    let ours: Vec<String> = order.taxes.iter().map(|share| share.rate.to_string()).collect();
    let missing = said
        .vat
        .iter()
        .find(|(rate, tax)| tax.abs() > near && !ours.contains(rate));
    missing.map_or(Ok(()), |(rate, tax)| Err(format!("no {rate} %, expected {tax}")))
}

/// Every state that the shop has.
fn states_of(setup: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(setup.join("order_states.xml")).expect("the states");
    let ids = text.split("<order_state>\n\t<id><![CDATA[").skip(1);
    ids.filter_map(|rest| rest.split(']').next())
        .map(str::to_owned)
        .collect()
}

fn setups() -> Vec<PathBuf> {
    #[allow(
        clippy::disallowed_methods,
        reason = "only a person knows where the orders are"
    )]
    let orders = std::env::var("SKARV_SE_ORDERS").expect("the folder of the orders");
    let orders = PathBuf::from(orders);
    let mut setups: Vec<PathBuf> = std::fs::read_dir(&orders)
        .expect("the orders")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("orders.tsv").exists())
        .collect();
    setups.sort();
    assert!(!setups.is_empty(), "no set-ups in {}", orders.display());
    setups
}

fn said(setup: &std::path::Path) -> BTreeMap<String, Said> {
    let table = std::fs::read_to_string(setup.join("orders.tsv")).expect("the table");
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().expect("names").split('\t').collect();
    let rows = lines.map(|line| {
        let cells: BTreeMap<&str, &str> = names.iter().copied().zip(line.split('\t')).collect();
        let cell = |name: &str| cells.get(name).copied().unwrap_or_default();
        let said = Said {
            tags: cell("tags").to_owned(),
            notes: cell("notes").to_owned(),
            states: cell("states_passed").split('>').map(str::to_owned).collect(),
            total: cell("total_paid_tax_incl").parse().expect("a total"),
            net: cell("total_paid_tax_excl").parse().expect("a net total"),
            slips: given_back::slips(
                cell("credit_slips"),
                cell("tags"),
                cell("total_discounts_tax_incl"),
            ),
            vat: vat(cell("vat_after_discounts")),
        };
        (cell("id").to_owned(), said)
    });
    rows.collect()
}

/// `6%: 1254.69+75.28=1329.98; 12%: …` to the tax of each rate.
fn vat(text: &str) -> BTreeMap<String, Decimal> {
    let share = |part: &str| {
        let (rate, amounts) = part.split_once("%:")?;
        let (_, tax) = amounts.split_once('=')?.0.rsplit_once('+')?;
        let rate: Decimal = rate.trim().parse().ok()?;
        Some((rate.normalize().to_string(), tax.trim().parse().ok()?))
    };
    text.split(';').filter_map(share).collect()
}
