//! What a shop was paid stands on its invoice once, and settles it, or a person is told why not.

use serde_json::json;
use skarv_canonical::Class;
use skarv_canonical::payment::InvoicePayment;
use skarv_connector::Delivery;
use skarv_hogia_smart::fake::Config;

use crate::books::{credit, credit_write, gift_card, payment, payment_write};
use crate::system::{System, card, customer_write, d, goods, invoice, invoice_write, with_rows};

const POST: &str = "POST /customerinvoices/{id}/payments";

#[tokio::test]
async fn a_payment_stands_on_its_invoice_and_is_found_by_its_voucher() {
    let system = System::invoiced("k3x9qa-1").await;
    let write = payment_write(payment("k3x9qa-1"));
    assert_eq!(system.find(&write).await.expect("a look"), None);
    let receipt = system.made(&write).await;
    let paid = json!([{ "date": "2026-11-21", "amount": "99.00", "account": 1580 }]);
    let booked = system.the("k3x9qa-1").await;
    assert_eq!((&booked["payments"], &booked["left"]), (&paid, &json!("0.00")));
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!((found.foreign_id.as_str(), found.mismatch), ("K1", None));
    assert_eq!(receipt.foreign_id, "K1");
}

#[tokio::test]
async fn a_payment_on_an_invoice_that_is_not_there_is_not_there_either() {
    let system = System::warm().await;
    let write = payment_write(payment("k3x9qa-1"));
    assert_eq!(system.find(&write).await.expect("a look"), None);
    assert_eq!(system.refusal(&write).await, "invoice_missing reference=k3x9qa-1");
}

#[tokio::test]
async fn an_invoice_that_lists_do_not_show_yet_is_paid_by_the_id_that_its_own_write_got() {
    let system = System::warm().await;
    system.faults(json!({ "visible_after_ms": 600_000 })).await;
    let made = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect("an invoice");
    let earlier = ["k3x9qa-K7".to_owned(), made.foreign_id, "K7".to_owned()];
    let write = payment_write(payment("k3x9qa-1"));
    let paid = system.put_after(&write, &earlier).await.expect("a payment");
    assert_eq!(paid.mismatch, None);
    assert_eq!(system.the("k3x9qa-1").await["left"], "0.00");
}

#[tokio::test]
async fn of_two_equal_gift_cards_the_second_is_told_from_the_first() {
    let system = System::invoiced("k3x9qa-1").await;
    let [first, second] =
        [(1, 0), (2, 1)].map(|(n, twins)| payment_write(gift_card("k3x9qa-1", "40.00", n, twins)));
    system.made(&first).await;
    assert!(system.find(&first).await.expect("a look").is_some());
    assert_eq!(system.find(&second).await.expect("a look"), None);
    system.made(&second).await;
    let mut vouchers = Vec::new();
    for write in [first, second] {
        let found = system.find(&write).await.expect("a look").expect("found");
        vouchers.push(found.foreign_id);
    }
    assert_eq!(vouchers, ["K1", "K2"]);
    assert_eq!(system.the("k3x9qa-1").await["paid"], "80.00");
}

#[tokio::test]
async fn a_payment_that_somebody_registered_by_hand_is_never_made_a_second_time() {
    let system = System::invoiced("k3x9qa-1").await;
    let by_hand = json!({ "amount": "40.00", "account": 2421, "date": "2026-11-21" });
    system.by_hand("k3x9qa-1", "pay", by_hand).await;
    let refused = system
        .refusal(&payment_write(gift_card("k3x9qa-1", "40.00", 1, 0)))
        .await;
    assert_eq!(
        refused,
        "payment_looks_made account=2421 amount=40.00 date=2026-11-21 reference=k3x9qa-1"
    );
    assert_eq!(system.the("k3x9qa-1").await["paid"], "40.00");
}

#[tokio::test]
async fn what_cannot_be_paid_is_said_before_anything_is_sent() {
    let system = System::invoiced("k3x9qa-1").await;
    let paid = |change: fn(&mut InvoicePayment)| {
        let mut payment = payment("k3x9qa-1");
        change(&mut payment);
        payment_write(payment)
    };
    for (write, reason, class) in [
        (
            paid(|p| p.amount = d("99.01")),
            "payment_exceeds_left amount=99.01 left=99.00 reference=k3x9qa-1",
            Class::Data,
        ),
        (
            paid(|p| p.date = "2024-06-01".parse().expect("a day")),
            "financial_year_closed date=2024-06-01",
            Class::Configuration,
        ),
        (
            paid(|p| p.account = 3001),
            "account_takes_no_payments account=3001",
            Class::Configuration,
        ),
        (
            paid(|p| p.account = 1999),
            "account_unknown account=1999",
            Class::Configuration,
        ),
    ] {
        let error = system.put(&write).await.expect_err("refused");
        assert_eq!(
            (error.reason.to_string(), error.class()),
            (reason.to_owned(), class)
        );
        assert_eq!(error.delivery, Delivery::NotDelivered);
        assert!(!error.reason.fix.is_empty(), "{reason}");
    }
    assert_eq!(system.calls(POST).await, 0);
}

#[tokio::test]
async fn an_invoice_that_was_cancelled_by_hand_is_not_paid() {
    let system = System::invoiced("k3x9qa-1").await;
    system.cancel("k3x9qa-1").await;
    assert_eq!(
        system.refusal(&payment_write(payment("k3x9qa-1"))).await,
        "invoice_cancelled_in_books reference=k3x9qa-1"
    );
    assert_eq!(system.calls(POST).await, 0);
}

#[tokio::test]
async fn what_a_refund_paid_back_stands_on_its_credit() {
    let system = System::invoiced("k3x9qa-1").await;
    system.pay(payment("k3x9qa-1")).await;
    let credit = credit("k3x9qa-1", 5, vec![goods("-20.00", "25", 3001)]);
    let paid_back = InvoicePayment {
        amount: credit.total,
        ..payment(&credit.reference)
    };
    system.made(&credit_write(credit)).await;
    system.pay(paid_back).await;
    let credit = system.the("k3x9qa-1-R5").await;
    assert_eq!(
        (&credit["paid"], &credit["left"]),
        (&json!("-20.00"), &json!("0.00"))
    );
    assert_eq!(system.the("k3x9qa-1").await["paid"], "99.00");
}

#[tokio::test]
async fn books_that_round_to_whole_kronor_are_not_paid_with_öre() {
    let system = System::start_with(Config {
        whole_kronor: true,
        ..Config::example()
    })
    .await;
    system.made(&customer_write(card())).await;
    let odd = with_rows("k3x9qa-1", vec![goods("99.40", "25", 3001)]);
    system.made(&invoice_write(odd)).await;
    let paid = InvoicePayment {
        amount: d("99.40"),
        ..payment("k3x9qa-1")
    };
    let error = system.put(&payment_write(paid)).await.expect_err("refused");
    assert_eq!(error.class(), Class::Configuration);
    assert_eq!(
        error.reason.to_string(),
        "invoice_rounded_in_books reference=k3x9qa-1 rounding=-0.40"
    );
}

#[tokio::test]
async fn a_look_back_that_fails_does_not_undo_the_payment() {
    let system = System::invoiced("k3x9qa-1").await;
    // the list, the payment, the look back
    system.faults(json!({ "http_500_every": 3 })).await;
    let receipt = system
        .put(&payment_write(payment("k3x9qa-1")))
        .await
        .expect("a payment");
    assert_eq!(
        (receipt.foreign_id.as_str(), receipt.mismatch),
        ("k3x9qa-1-P", None)
    );
    assert_eq!(system.the("k3x9qa-1").await["paid"], "99.00");
}
