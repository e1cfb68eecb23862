//! What a write would do is told without doing it, and a put then does just that: for generated orders and articles the one
//! refuses what the other refuses.

use serde_json::{Value, json};
use skarv_canonical::article::ArticleCard;
use skarv_canonical::customer::CustomerCard;
use skarv_canonical::invoice::{CreditNote, Invoice, InvoiceRow};
use skarv_canonical::payment::InvoicePayment;
use skarv_canonical::write::{Document, Effect, Write};
use skarv_canonical::{Currency, Reason};
use skarv_connector::{BoxedSink, Foreseen, Preview, Put};

use crate::books::{credit, credit_write, payment, payment_write};
use crate::items_world::{article_sink, article_write, card as article_card, text};
use crate::system::{
    MINUTE, System, card, customer_write, d, goods, invoice, invoice_write, sink, window, with_rows,
};

/// A sink, and how often it has been put to.
struct Trial {
    system: System,
    sink: BoxedSink,
}

impl Trial {
    async fn orders(system: System) -> Self {
        let sink = sink(&system.access).await;
        Self { system, sink }
    }

    async fn articles() -> Self {
        let system = System::start_today().await;
        let sink = article_sink(&system).await;
        Self { system, sink }
    }

    async fn preview(&self, write: &Write, existing: Option<&str>, earlier: &[String]) -> Preview {
        let put = Put {
            write,
            existing,
            earlier,
            window: None,
        };
        self.sink.preview(put).await.expect("a look")
    }

    /// What a look says of a write. It must leave no trace.
    async fn foreseen(&self, write: &Write, existing: Option<&str>, earlier: &[String]) -> Preview {
        let before = self.standing().await;
        self.system.admin_post("requests/reset", &json!({})).await;
        let preview = self.preview(write, existing, earlier).await;
        let calls = self.system.admin_get("requests").await;
        let calls = calls["by_endpoint"].as_object().expect("calls").clone();
        assert!(calls.keys().all(|call| call.starts_with("GET ")), "{calls:?}");
        assert_eq!(before, self.standing().await);
        preview
    }

    async fn standing(&self) -> Value {
        json!([
            self.system.ledger().await,
            self.system.admin_get("contacts").await,
            self.system.admin_get("items").await,
        ])
    }

    /// What is foreseen comes true. Gives what a put that was let through left behind.
    async fn agreed(&self, write: &Write, existing: Option<&str>, earlier: &[String]) -> Option<String> {
        let preview = self.foreseen(write, existing, earlier).await;
        let put = Put {
            write,
            existing,
            earlier,
            window: Some(window(MINUTE)),
        };
        match (preview.end, self.sink.put(put).await) {
            (Foreseen::Refused(reason), Err(error)) => assert_eq!(error.reason, reason, "{write:?}"),
            (Foreseen::Made, Ok(receipt)) => {
                assert!(existing.is_none() && !preview.changes.is_empty(), "{write:?}");
                return Some(receipt.foreign_id);
            }
            (Foreseen::Changed, Ok(receipt)) => {
                assert!(existing.is_some(), "{write:?}");
                return Some(receipt.foreign_id);
            }
            (Foreseen::Stands, Ok(receipt)) => return Some(receipt.foreign_id),
            // a card that an earlier put made is found, not made again
            (Foreseen::Stands, Err(error)) => {
                assert_eq!(error.reason.code, "customer_number_taken");
                let found = self.sink.find(write).await.expect("a look");
                return Some(found.expect("a card").foreign_id);
            }
            (foreseen, done) => panic!("{foreseen:?}, but {done:?}: {write:?}"),
        }
        None
    }
}

/// Always the same throws.
struct Dice(u64);

impl Dice {
    fn upto(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// One of them; the first more often than not, so that what is sound is common.
    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        let at = self.upto(3 * all.len() as u64) as usize;
        all.get(at).unwrap_or(&all[0]).clone()
    }

    fn öre(&mut self, most: u64) -> String {
        let öre = self.upto(most) + 1;
        format!("{}.{:02}", öre / 100, öre % 100)
    }

    fn row(&mut self) -> InvoiceRow {
        let (rate, account) = self.of(&[
            ("25", 3001),
            ("12", 3002),
            ("6", 3003),
            ("0", 3004),
            ("25", 3002),
            ("25", 1510),
            ("25", 3999),
            ("25", 3011),
        ]);
        let mut gross = self.öre(100_000);
        if self.upto(20) == 0 {
            gross.push('5');
        }
        InvoiceRow {
            quantity: self.of(&[1, 2, 3, 7]),
            ..goods(&gross, rate, account)
        }
    }

    fn invoice(&mut self, n: usize) -> Invoice {
        let rows = (0..=self.upto(2)).map(|_| self.row()).collect();
        let mut invoice = with_rows(&format!("k3x9qa-{n}"), rows);
        invoice.date = self
            .of(&["2026-11-20", "2025-12-31", "2024-05-01", "2020-01-01"])
            .parse()
            .expect("a day");
        invoice.total += d(self.of(&["0", "0", "0.01"]));
        invoice
    }

    fn credit(&mut self, document: &str, n: u32) -> CreditNote {
        let mut row = self.row();
        row.gross = -row.gross;
        let mut credit = credit(document, n, vec![row]);
        credit.total += d(self.of(&["0", "0", "-0.01"]));
        credit
    }

    fn payment(&mut self, document: &str) -> InvoicePayment {
        let amount = self.öre(20_000);
        InvoicePayment {
            // the same amount twice is a payment that may be ours already
            amount: d(self.of(&[amount.as_str(), "9.00", "9.00"])),
            account: self.of(&[1580, 2421, 3001, 1999]),
            date: self
                .of(&["2026-11-21", "2026-11-21", "2024-05-01"])
                .parse()
                .expect("a day"),
            ..payment(document)
        }
    }

    fn card(&mut self) -> CustomerCard {
        let mut buyer = card();
        buyer.number = self
            .of(&[Some("k3x9qa-K7"), Some("k3x9qa-K8"), None])
            .map(str::to_owned);
        buyer.customer.email = self.of(&["asa@example.com", "bo@example.com", ""]).to_owned();
        buyer.customer.family_name = self.of(&["Öberg-Ängström", "Ek"]).to_owned();
        buyer.billing.line1 = self.of(&["Älvvägen 3", "Älvvägen 4"]).to_owned();
        buyer
    }

    fn article(&mut self) -> ArticleCard {
        let number = self.of(&["A-1", "A-2", "A-3", "A 4"]);
        let name = self.of(&[Some("Räka"), Some("Räksmörgås"), Some("\u{1F600}"), None]);
        let price = self.of(&[None, Some("80"), Some("89.2857144")]);
        ArticleCard {
            name: name.map(text),
            active: self.of(&[Some(true), Some(false), None]),
            ean: self
                .of(&[Some("7350000000001"), Some(""), Some("okänd"), None])
                .map(str::to_owned),
            rate: self.of(&[Some(12), Some(25), Some(19), None]).map(Into::into),
            price: price.map(d),
            currency: self.of(&[Currency::SEK, Currency::EUR]),
            may_create: self.of(&[true, true, false]),
            ..article_card(number)
        }
    }
}

#[tokio::test]
async fn generated_orders_are_put_as_they_were_foreseen() {
    let trial = Trial::orders(System::warm().await).await;
    let mut dice = Dice(0x5ca7_0001);
    let mut outcomes = Vec::new();
    for n in 0..60 {
        let invoice = dice.invoice(n);
        let reference = invoice.reference.clone();
        let made = trial.agreed(&invoice_write(invoice), None, &[]).await;
        outcomes.push(made.is_some());
        let gone = "00000000-0000-4000-8000-00000000000f".to_owned();
        let earlier = [made.clone().unwrap_or(gone)];
        if made.is_some() && dice.upto(6) == 0 {
            trial.system.cancel(&reference).await;
        }
        for _ in 0..2 {
            let paid = payment_write(dice.payment(&reference));
            outcomes.push(trial.agreed(&paid, None, &earlier).await.is_some());
        }
        for slip in 1..=2 {
            let credit = dice.credit(&reference, slip);
            let mut back = dice.payment(&credit.reference);
            back.amount = dice.of(&[credit.total, credit.total, -back.amount]);
            let credited = trial.agreed(&credit_write(credit), None, &earlier).await;
            outcomes.push(credited.is_some());
            // nothing of a record is sent after what was refused
            if let Some(credited) = credited {
                let earlier = [earlier.as_slice(), &[credited]].concat();
                let back = trial.agreed(&payment_write(back), None, &earlier).await;
                outcomes.push(back.is_some());
            }
        }
    }
    let through = outcomes.iter().filter(|through| **through).count();
    assert!(
        (60..outcomes.len() - 60).contains(&through),
        "{through} of {} were let through",
        outcomes.len()
    );
}

#[tokio::test]
async fn generated_cards_are_put_as_they_were_foreseen() {
    let trial = Trial::orders(System::start().await).await;
    let mut dice = Dice(0x5ca7_0002);
    let mut known: Vec<String> = Vec::new();
    for _ in 0..80 {
        let write = customer_write(dice.card());
        let existing = (dice.upto(2) == 0).then(|| known.last().cloned()).flatten();
        if let Some(number) = &existing
            && dice.upto(10) == 0
        {
            let path = format!("contacts/{number}/deactivate");
            trial.system.admin_post(&path, &json!({})).await;
        }
        if let Some(number) = trial.agreed(&write, existing.as_deref(), &[]).await {
            known.push(number);
        }
    }
    assert!(known.len() > 20, "{known:?}");
}

#[tokio::test]
async fn generated_articles_are_put_as_they_were_foreseen_and_stand_afterwards() {
    let trial = Trial::articles().await;
    let mut dice = Dice(0x5ca7_0003);
    let mut through = 0;
    for n in 0..120 {
        let mut article = dice.article();
        // further numbers come up as the first ones are there
        if n % 5 == 0 && article.sku != "A 4" {
            article.sku = format!("B-{n}");
        }
        let write = article_write(article);
        let found = trial.sink.find(&write).await.expect("a look");
        let existing = found.map(|found| found.foreign_id);
        if let Some(number) = trial.agreed(&write, existing.as_deref(), &[]).await {
            through += 1;
            let after = trial.preview(&write, Some(&number), &[]).await;
            assert_eq!(after.end, Foreseen::Stands, "{write:?}");
        }
    }
    assert!((20..110).contains(&through), "{through}");
}

fn told(preview: &Preview) -> Vec<String> {
    let shown = |change: &skarv_canonical::shown::Change| {
        format!("{}: {} -> {}", change.path, change.before, change.after)
    };
    preview.changes.iter().map(shown).collect()
}

#[tokio::test]
async fn an_article_is_told_field_by_field_against_what_stands() {
    let trial = Trial::articles().await;
    let first = ArticleCard {
        price: Some(d("80.00")),
        ..article_card("A-1")
    };
    let made = trial.foreseen(&article_write(first.clone()), None, &[]).await;
    assert_eq!(
        told(&made),
        [
            "account:  -> 3002",
            "active:  -> true",
            "currency:  -> SEK",
            "ean:  -> 7350000000001",
            "name:  -> Räksmörgås",
            "number:  -> A-1",
            "price:  -> 80",
            "rate:  -> 12",
        ]
    );
    trial.agreed(&article_write(first.clone()), None, &[]).await;
    let second = ArticleCard {
        price: Some(d("89.5")),
        ean: Some(String::new()),
        rate: Some(25.into()),
        ..first
    };
    let changed = trial.foreseen(&article_write(second), Some("A-1"), &[]).await;
    assert_eq!(changed.end, Foreseen::Changed);
    assert_eq!(
        told(&changed),
        [
            "account: 3002 -> 3001",
            "ean: 7350000000001 -> ",
            "price: 80 -> 89.5",
            "rate: 12 -> 25",
        ]
    );
}

#[tokio::test]
async fn a_card_is_told_with_what_names_its_buyer_masked() {
    let trial = Trial::orders(System::start().await).await;
    let number = trial
        .agreed(&customer_write(card()), None, &[])
        .await
        .expect("a card");
    let stands = trial.foreseen(&customer_write(card()), Some(&number), &[]).await;
    assert_eq!((stands.end, stands.changes.len()), (Foreseen::Stands, 0));
    let mut moved = card();
    moved.billing.line1 = "Älvvägen 5".to_owned();
    moved.billing.line2 = "c/o Bo Ek".to_owned();
    let changed = trial.foreseen(&customer_write(moved), Some(&number), &[]).await;
    assert_eq!(changed.end, Foreseen::Changed);
    // both streets begin alike, and it is told all the same that they differ
    assert_eq!(
        told(&changed),
        ["billing.address2:  -> c…", "billing.street: Ä… -> Ä…"]
    );
}

#[tokio::test]
async fn an_invoice_is_told_with_its_rows_and_nobodys_name() {
    let trial = Trial::orders(System::warm().await).await;
    let made = trial
        .foreseen(&invoice_write(invoice("k3x9qa-1")), None, &[])
        .await;
    let told = told(&made);
    assert!(told.contains(&"reference:  -> k3x9qa-1".to_owned()), "{told:?}");
    assert!(told.contains(&"rows[0].account:  -> 3001".to_owned()), "{told:?}");
    assert!(told.iter().all(|told| !told.contains("Ängström")), "{told:?}");
}

#[tokio::test]
async fn what_is_about_an_invoice_that_is_yet_to_be_made_is_foreseen_as_made() {
    let trial = Trial::orders(System::warm().await).await;
    let credit = credit("k3x9qa-1", 5, vec![goods("-40.00", "25", 3001)]);
    let customer = ["k3x9qa-K7".to_owned()];
    for write in [payment_write(payment("k3x9qa-1")), credit_write(credit)] {
        let preview = trial.foreseen(&write, None, &customer).await;
        assert_eq!(preview.end, Foreseen::Made);
    }
    let mut wrong = payment("k3x9qa-1");
    wrong.account = 3001;
    let preview = trial.foreseen(&payment_write(wrong), None, &customer).await;
    assert!(
        matches!(preview.end, Foreseen::Refused(Reason { code, .. }) if code == "account_takes_no_payments")
    );
}

#[tokio::test]
async fn an_invoice_that_was_removed_by_hand_is_not_taken_for_one_that_is_yet_to_be_made() {
    let trial = Trial::orders(System::invoiced("k3x9qa-1").await).await;
    let id = trial.system.the("k3x9qa-1").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    trial.system.by_hand("k3x9qa-1", "remove", json!({})).await;
    let preview = trial
        .foreseen(&payment_write(payment("k3x9qa-1")), None, &[id])
        .await;
    assert!(matches!(preview.end, Foreseen::Refused(Reason { code, .. }) if code == "invoice_missing"));
}

#[tokio::test]
async fn trouble_on_the_way_is_foreseen_as_nothing() {
    let trial = Trial::orders(System::start().await).await;
    trial.system.faults(json!({ "http_500_every": 1 })).await;
    let put = Put {
        write: &invoice_write(invoice("k3x9qa-1")),
        existing: None,
        earlier: &[],
        window: None,
    };
    let error = trial.sink.preview(put).await.expect_err("trouble");
    assert_eq!(error.reason.code, "erp_error");
}

#[tokio::test]
async fn what_is_made_once_is_never_foreseen_as_changed() {
    let trial = Trial::orders(System::warm().await).await;
    let write = Write {
        our_key: "k3x9qa-1".to_owned(),
        effect: Effect::Update,
        document: Document::Invoice(Box::new(invoice("k3x9qa-1"))),
    };
    let preview = trial.foreseen(&write, Some("1001"), &[]).await;
    assert!(matches!(preview.end, Foreseen::Refused(Reason { code, .. }) if code == "not_supported"));
}
