//! Payments come after what they pay: one that is refused leaves the invoice standing, and is sent alone the next time.

use skarv_canonical::{
    Class, gift_card::GiftCardVoucher, order::Discount, order::DiscountShare, vat::VatRate, write::Entity,
};

use super::world::{Fault, World, times};
use crate::flow::{
    Signal, SliceEnd, Work,
    control::Settled::{self, Adopted, Parked, Unchanged, Written},
    run_slice,
};

fn registering_payments(orders: usize) -> World {
    let mut world = World::new(orders);
    world.settings.payments.otherwise = Some(1580);
    world
}

async fn carried(world: &World) {
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
}

fn stand(world: &World) -> (usize, usize) {
    (
        times(world, &Entity::Invoice, "abc123-1"),
        times(world, &Entity::Payment, "abc123-1-P"),
    )
}

fn became(world: &World, key: &str) -> (Option<Settled>, Option<String>) {
    let books = world.books.lock().unwrap();
    (books.result_of(key), books.reason_of(key).map(str::to_owned))
}

#[tokio::test(start_paused = true)]
async fn a_payment_follows_its_invoice_and_knows_what_it_pays() {
    let world = registering_payments(1);
    carried(&world).await;
    assert_eq!(stand(&world), (1, 1));
    assert_eq!(became(&world, "1"), (Some(Written), None));
    let books = world.books.lock().unwrap();
    assert_eq!(books.earlier["abc123-1-P"], ["f-abc123-K1", "f-abc123-1"]);
}

/// An order of 100, of which a gift card pays this much.
fn with_gift_card(pays: u32) -> World {
    let mut world = registering_payments(1);
    world.settings.gift_cards = vec![GiftCardVoucher::Named("Presentkort".to_owned())];
    pays_with_gift_card(&world, pays);
    world
}

fn pays_with_gift_card(world: &World, pays: u32) {
    let share = DiscountShare {
        rate: VatRate::from(25),
        gross: pays.into(),
    };
    let voucher = Discount {
        name: "Presentkort".to_owned(),
        shares: vec![share],
    };
    world.with(|books| {
        let order = &mut books.orders[0];
        order.discounts = vec![voucher];
        order.totals.gross = (100 - pays).into();
        order.payment.paid = (100 - pays).into();
    });
}

#[tokio::test(start_paused = true)]
async fn a_gift_card_is_registered_before_the_money() {
    let world = with_gift_card(40);
    carried(&world).await;
    let books = world.books.lock().unwrap();
    assert_eq!(
        books.earlier["abc123-1-P"],
        ["f-abc123-K1", "f-abc123-1", "f-abc123-1-G1"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_comes_later_is_registered_on_the_invoice_that_stands() {
    let world = registering_payments(1);
    world.with(|books| books.orders[0].payment.paid = 0.into());
    carried(&world).await;
    assert_eq!(stand(&world), (1, 0));
    world.with(|books| books.orders[0].payment.paid = 100.into());
    carried(&world).await;
    assert_eq!(stand(&world), (1, 1));
    assert_eq!(became(&world, "1"), (Some(Written), None));
    carried(&world).await;
    assert_eq!(
        (stand(&world), became(&world, "1")),
        ((1, 1), (Some(Unchanged), None))
    );
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_is_refused_leaves_the_invoice_standing_and_known() {
    let world = registering_payments(1);
    world.fault("abc123-1-P", [Fault::Refused(Class::Data)]);
    carried(&world).await;
    assert_eq!(stand(&world), (1, 0));
    {
        let books = world.books.lock().unwrap();
        let parked = books.outcome_of("1").unwrap();
        assert_eq!((parked.result, books.reason_of("1")), (Parked, Some("refused")));
        let told: Vec<_> = parked.writes.iter().map(|write| write.entity.clone()).collect();
        assert_eq!(told, [Entity::Customer, Entity::Invoice]);
    }
    let replay = Work::Replay(vec!["1".to_owned()]);
    assert_eq!(run_slice(&world.run(replay, 10)).await, SliceEnd::Succeeded);
    assert_eq!(stand(&world), (1, 1));
    let books = world.books.lock().unwrap();
    assert_eq!(
        ["abc123-K1", "abc123-1", "abc123-1-P"].map(|key| books.sends_of(key)),
        [1, 1, 2],
        "only what is missing is sent again"
    );
}

#[tokio::test(start_paused = true)]
async fn an_amount_that_changed_after_it_was_registered_is_for_a_person() {
    let world = with_gift_card(40);
    carried(&world).await;
    pays_with_gift_card(&world, 30);
    carried(&world).await;
    assert_eq!(
        became(&world, "1"),
        (Some(Parked), Some("payment_changed".to_owned()))
    );
    let books = world.books.lock().unwrap();
    let reason = books.outcome_of("1").unwrap().reason.clone().unwrap();
    assert_eq!(reason.params["amount"], "30");
    assert_eq!(reason.params["currency"], "SEK");
    assert_eq!(
        ["abc123-1", "abc123-1-G1", "abc123-1-P"].map(|key| books.sends_of(key)),
        [1; 3]
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_paid_on_an_invoice_that_the_books_made_something_else_of() {
    let world = registering_payments(1);
    world.fault("abc123-1", [Fault::Mismatch]);
    carried(&world).await;
    assert_eq!(
        became(&world, "1"),
        (Some(Parked), Some("erp_total_differs".to_owned()))
    );
    assert_eq!(stand(&world), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_dies_between_invoice_and_payment_makes_each_once() {
    for last in [Entity::Customer, Entity::Invoice, Entity::Payment] {
        let mut world = registering_payments(1);
        world.killed_after = Some(last.clone());
        assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Lost);
        world.killed_after = None;
        world.signal.send_replace(Signal::Go);
        carried(&world).await;
        assert_eq!(stand(&world), (1, 1), "killed after the {last}");
        let how = if last == Entity::Customer {
            Written
        } else {
            Adopted
        };
        assert_eq!(became(&world, "1"), (Some(how), None), "killed after the {last}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_refund_pays_back_is_registered_on_its_credit_note() {
    let world = registering_payments(1);
    world.refund(7, 1);
    carried(&world).await;
    let books = world.books.lock().unwrap();
    assert_eq!(
        books.earlier["abc123-1-R7-P"],
        ["f-abc123-K1", "f-abc123-1", "f-abc123-1-R7"]
    );
    assert_eq!(books.count(&Entity::Payment).len(), 2);
}
