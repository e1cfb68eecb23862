//! Orderkontroll: differences between shop and books are found by name, and books that agree are found to agree.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use skarv::demo::{books::ShopOrder, setup::SetUp};
use skarv_proto::v1 as pb;
use skarv_tests::{Platform, Times};

/// A document in the accounting system's own books.
#[derive(Clone, Debug, Deserialize)]
struct Booked {
    number: u64,
    reference: Option<String>,
    order_number: Option<String>,
    currency: String,
    gross: Decimal,
    date: NaiveDate,
    vat: Vec<Share>,
}

#[derive(Clone, Debug, Deserialize)]
struct Share {
    rate: String,
    amount: Decimal,
}

impl Booked {
    fn order(&self) -> String {
        self.order_number.clone().unwrap_or_default()
    }

    /// The shop's id of its order.
    fn order_id(&self) -> u32 {
        let reference = self.reference.as_deref().unwrap_or_default();
        let id = reference.split('-').nth(1);
        id.and_then(|id| id.parse().ok()).unwrap_or_default()
    }

    fn is_plain(&self) -> bool {
        let taxed: Vec<&Share> = self.vat.iter().filter(|share| !share.amount.is_zero()).collect();
        let one_rate = matches!(taxed.as_slice(), [share] if share.rate == "25");
        one_rate && self.currency == "SEK" && self.gross > Decimal::TEN
    }
}

struct Story {
    platform: Platform,
    set_up: SetUp,
    from: NaiveDate,
    to: NaiveDate,
}

impl Story {
    /// So many orders of the last month and so many of today, delivered.
    async fn delivered(orders: u32, today: u32) -> anyhow::Result<(Self, skarv_tests::AgentThread)> {
        let platform = Platform::start(orders, Times::default()).await?;
        for buyer in ["new", "existing"] {
            platform
                .shop
                .place_orders(&json!({ "count": today / 2, "customer": buyer }))
                .await?;
        }
        platform.shop_clock(TimeDelta::minutes(5)).await?;
        let agent = platform.agent().await?;
        let set_up = platform.set_up().await?;
        platform.settled(&set_up).await?;
        // the shop's day is at most two hours ahead
        let now = platform.now();
        let story = Self {
            from: (now - TimeDelta::days(30)).date_naive(),
            to: (now + TimeDelta::hours(2)).date_naive(),
            platform,
            set_up,
        };
        Ok((story, agent))
    }

    /// Gives everything back of some orders, and has it carried.
    async fn refund(&self, orders: &[u32]) -> anyhow::Result<()> {
        for order in orders {
            let _: Value = self
                .platform
                .shop
                .post(&format!("orders/{order}/slips"), &json!({ "everything": true }))
                .await?;
        }
        self.platform.shop_clock(TimeDelta::minutes(10)).await?;
        self.platform.request_run(&self.set_up).await?;
        self.platform.settled(&self.set_up).await.map(|_| ())
    }

    async fn compared(&self) -> anyhow::Result<pb::Reconciliation> {
        self.platform.reconcile(&self.set_up, self.from, self.to).await
    }

    async fn booked(&self) -> anyhow::Result<Vec<Booked>> {
        let mut ledger: Value = self.platform.erp.ledger().await?;
        Ok(serde_json::from_value(ledger["invoices"].take())?)
    }

    async fn by_hand(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        self.platform.erp.post(path, body).await.map(|_: Value| ())
    }

    async fn cancel(&self, sold: &Booked) -> anyhow::Result<()> {
        let path = format!("orders/{}/state", sold.order_id());
        let state = json!({ "state": 6 });
        self.platform.shop.post(&path, &state).await.map(|_: Value| ())
    }

    /// What was sold by the shop's own books, by currency.
    async fn sold(&self) -> anyhow::Result<Sums> {
        let start = self.platform.now() - TimeDelta::days(30);
        let is_sold = |order: &&ShopOrder| {
            order.date_add >= start
                && order.current_state != 6
                && order.states.iter().any(|state| [2, 11].contains(state))
        };
        let shop = self.platform.shop_books().await?;
        let orders = shop.orders.iter().filter(is_sold);
        Ok(by_currency(orders.map(|order| (&order.currency, order.total))))
    }

    /// What stands in the accounting system's own books, by currency.
    async fn in_books(&self) -> anyhow::Result<Sums> {
        let booked = self.booked().await?;
        Ok(by_currency(
            booked.iter().map(|document| (&document.currency, document.gross)),
        ))
    }
}

fn named(found: &pb::Reconciliation) -> BTreeSet<(&str, &str)> {
    let differences = found.differences.iter();
    differences
        .map(|d| (d.code.as_str(), d.order_number.as_str()))
        .collect()
}

type Sums = BTreeMap<String, Decimal>;

fn by_currency<'a>(amounts: impl Iterator<Item = (&'a String, Decimal)>) -> Sums {
    let mut sums = Sums::new();
    for (currency, amount) in amounts {
        *sums.entry(currency.clone()).or_default() += amount;
    }
    sums
}

/// Sums of both sides, by currency, as the comparison tells them.
fn sums(found: &pb::Reconciliation) -> (Sums, Sums) {
    let gross = |sums: &Option<pb::ReconciledSums>| sums.as_ref().unwrap().gross.parse().unwrap();
    let source = found
        .currencies
        .iter()
        .map(|c| (&c.currency_code, gross(&c.source)));
    let target = found
        .currencies
        .iter()
        .map(|c| (&c.currency_code, gross(&c.target)));
    (by_currency(source), by_currency(target))
}

fn has_no_difference(found: &pb::Reconciliation) {
    assert_eq!(named(found), BTreeSet::new());
    assert_eq!(found.currencies.len(), 2);
    for day in &found.days {
        assert_eq!(day.source, day.target, "{} {}", day.date, day.rate);
    }
}

#[tokio::test]
async fn reconciliation_finds_every_seeded_difference_and_nothing_else() -> anyhow::Result<()> {
    let (story, agent) = Story::delivered(45, 160).await?;
    let (plain, others): (Vec<Booked>, Vec<Booked>) =
        story.booked().await?.into_iter().partition(Booked::is_plain);
    assert!(
        plain.len() > 5 && others.len() > 100,
        "{} and {}",
        plain.len(),
        others.len()
    );
    let refunded: Vec<u32> = others.iter().step_by(4).map(Booked::order_id).collect();

    let sold = story.compared().await?;
    has_no_difference(&sold);
    assert_eq!(sums(&sold), (story.sold().await?, story.in_books().await?));

    story.refund(&refunded).await?;
    let credits = story.booked().await?.len() - plain.len() - others.len();
    assert_eq!(credits, refunded.len());

    let clean = story.compared().await?;
    has_no_difference(&clean);
    assert_eq!(sums(&clean).1, story.in_books().await?);

    let [removed, doubled, retotalled, rebooked, cancelled] = &plain[..5] else {
        unreachable!("there are sixty")
    };
    let at = |document: &Booked, what: &str| format!("invoices/{}/{what}", document.number);
    story.by_hand(&at(removed, "remove"), &json!({})).await?;
    let again = json!({ "gross": doubled.gross, "date": doubled.date, "order_number": doubled.order_number });
    story.by_hand("invoices", &again).await?;
    story
        .by_hand(
            &at(retotalled, "total"),
            &json!({ "gross": retotalled.gross + Decimal::ONE }),
        )
        .await?;
    story
        .by_hand(&at(rebooked, "account"), &json!({ "account": 3002 }))
        .await?;
    story.cancel(cancelled).await?;

    let found = story.compared().await?;
    let sown = [
        ("missing", removed),
        ("doubled", doubled),
        ("amount", retotalled),
        ("vat", rebooked),
        ("unexpected", cancelled),
    ]
    .map(|(code, document)| (code, document.order()));
    let sown: BTreeSet<(&str, &str)> = sown.iter().map(|(code, order)| (*code, order.as_str())).collect();
    assert_eq!(named(&found), sown);
    for difference in &found.differences {
        let reason = difference.reason.clone().unwrap_or_default();
        assert!(reason.message_sv.contains(&difference.order_number), "{reason:?}");
    }
    let (mut due, standing) = sums(&clean);
    *due.get_mut("SEK").unwrap() -= cancelled.gross;
    assert_eq!(sums(&found), (due, story.in_books().await?));
    assert_ne!(sums(&found).1, standing);
    agent.drain().await
}

#[tokio::test]
async fn what_waits_for_a_person_is_told_with_its_reason() -> anyhow::Result<()> {
    let (story, agent) = Story::delivered(60, 0).await?;
    let parked = story
        .platform
        .records_in(&story.set_up, pb::RecordState::Parked)
        .await?;
    let waiting: BTreeMap<String, String> = parked
        .into_iter()
        .map(|record| (record.reference, record.reason.unwrap_or_default().code))
        .collect();
    assert!(waiting.len() >= 3, "{waiting:?}");
    let found = story.compared().await?;
    let told: BTreeMap<String, String> = found
        .differences
        .iter()
        .map(|d| (d.order_number.clone(), d.why.clone().unwrap_or_default().code))
        .collect();
    assert_eq!(told, waiting);
    assert!(
        found
            .differences
            .iter()
            .all(|difference| difference.code == "not_invoiced")
    );
    agent.drain().await
}
