//! One difference at a time, and what looks like one and is none.

use rust_decimal::Decimal;
use skarv_canonical::{
    Currency, Reason,
    gift_card::GiftCardVoucher,
    ledger::BookedDocument,
    reconciliation::{Compared, DifferenceKind, Reconciliation, Sums},
    record::Pulled,
    refund::{Slip, SlipKind},
    spec::OrderSettings,
};

use super::{Books, compared, found, of, order, refund_of, tax};
use crate::world::{self, d, day};

const NOTHING: [(&str, &str); 0] = [];

fn nobody(_: &str) -> Option<Pulled> {
    None
}

fn slip_of_all(key: &str, date: &str, gross: &str, net: &str) -> Slip {
    Slip {
        date: day(date),
        ..world::slip(key, SlipKind::Plain, &[("0", 1, gross, net)])
    }
}

#[test]
fn books_that_agree_have_equal_sums_by_day_and_rate() {
    let (one, two) = (
        order("1", "2026-11-01", "125.00", 25),
        order("2", "2026-11-30", "112.00", 12),
    );
    let refund = refund_of(&one, slip_of_all("7", "2026-11-03", "125.00", "100.00"));
    let mut books = Books::default();
    books.invoice(&one);
    books.invoice(&two);
    books.credit(&refund);
    let compared = compared(&[of(&one), of(&two), refund], &books, &nobody);
    assert_eq!(found(&compared), NOTHING);
    let day_sums = |n: usize| {
        let sums = compared.days[n];
        assert_eq!(sums.source, sums.target);
        (sums.date, sums.rate.to_string(), sums.target)
    };
    let sums = |count, gross: &str, tax: &str| Sums {
        count,
        gross: d(gross),
        tax: d(tax),
    };
    assert_eq!(
        day_sums(0),
        (day("2026-11-01"), "25".to_owned(), sums(1, "125.00", "25.00"))
    );
    assert_eq!(
        day_sums(1),
        (day("2026-11-03"), "25".to_owned(), sums(1, "-125.00", "-25.00"))
    );
    assert_eq!(
        day_sums(2),
        (day("2026-11-30"), "12".to_owned(), sums(1, "112.00", "12.00"))
    );
    let whole = compared.currencies[0];
    assert_eq!(
        (whole.currency, whole.source),
        (Currency::SEK, sums(3, "112.00", "12.00"))
    );
    assert_eq!(whole.source, whole.target);
}

#[test]
fn a_rate_that_stands_in_the_books_with_no_tax_is_no_difference_and_no_sum() {
    let order = order("1", "2026-11-10", "112.00", 12);
    let mut books = Books::default();
    // such as lines that take an article of another rate from stock and cost nothing
    books
        .invoice(&order)
        .taxes
        .extend([tax(25, d("0.00")), tax(0, d("0"))]);
    let compared = compared(&[of(&order)], &books, &nobody);
    assert_eq!(found(&compared), NOTHING);
    let rates: Vec<_> = compared.days.iter().map(|sums| sums.rate.to_string()).collect();
    assert_eq!(rates, ["12"]);
    assert_eq!(compared.days[0].source, compared.days[0].target);
}

#[test]
fn an_invoice_dated_on_the_other_side_of_the_edge_is_on_another_day_and_not_missing() {
    let order = order("1", "2026-11-30", "125.00", 25);
    let mut books = Books::default();
    books.invoice(&order).date = day("2026-12-01");
    let compared = compared(&[of(&order)], &books, &nobody);
    assert_eq!(found(&compared), [("date", "NR001")]);
    let difference = &compared.differences[0];
    assert_eq!(
        (difference.date, difference.target_date),
        (Some(day("2026-11-30")), Some(day("2026-12-01")))
    );
}

#[test]
fn an_invoice_of_an_order_of_another_month_is_asked_about_and_told_by_its_own_day() {
    let order = order("1", "2026-10-31", "125.00", 25);
    let mut books = Books::default();
    books.invoice(&order).date = day("2026-11-01");
    let compared = compared(&[], &books, &|key| (key == "1").then(|| of(&order)));
    assert_eq!(found(&compared), [("date", "NR001")]);
}

#[test]
fn an_order_that_came_while_the_books_were_read_is_no_difference() {
    let order = order("1", "2026-11-30", "125.00", 25);
    let mut books = Books::default();
    books.invoice(&order);
    let compared = compared(&[], &books, &|_| Some(of(&order)));
    assert_eq!(found(&compared), NOTHING);
    assert_eq!(compared.currencies[0].source, compared.currencies[0].target);
}

#[test]
fn a_refund_of_an_older_order_calls_for_its_credit_note_alone() {
    let order = order("1", "2026-09-30", "125.00", 25);
    let refund = refund_of(&order, slip_of_all("7", "2026-11-03", "125.00", "100.00"));
    let books = Books::default();
    assert_eq!(
        found(&compared(std::slice::from_ref(&refund), &books, &nobody)),
        [("missing", "NR001")]
    );
    let mut books = Books::default();
    books.credit(&refund);
    assert_eq!(found(&compared(&[refund], &books, &nobody)), NOTHING);
}

#[test]
fn a_missing_order_is_told_with_the_document_that_bears_its_number() {
    let order = order("1", "2026-11-10", "125.00", 25);
    for (total, reference) in [("125.00", ""), ("99.00", "enl. telefon")] {
        let mut books = Books::default();
        let made = books.invoice(&order);
        reference.clone_into(&mut made.reference);
        made.total = d(total);
        let compared = compared(&[of(&order)], &books, &nobody);
        assert_eq!(found(&compared), [("missing", "NR001")]);
        let difference = &compared.differences[0];
        assert_eq!(difference.documents, ["1001"]);
        assert_eq!(difference.target.unwrap().gross, d(total));
    }
}

#[test]
fn of_two_orders_with_one_number_the_missing_one_has_the_document_made_by_hand() {
    let (one, mut two) = (
        order("1", "2026-11-10", "125.00", 25),
        order("2", "2026-11-10", "125.00", 25),
    );
    one.number.clone_into(&mut two.number);
    let mut books = Books::default();
    books.invoice(&one);
    books.invoice(&two).reference = String::new();
    let compared = compared(&[of(&one), of(&two)], &books, &nobody);
    assert_eq!(found(&compared), [("missing", "NR001")]);
    assert_eq!(compared.differences[0].source_key, "2");
}

#[test]
fn what_could_not_be_made_and_was_made_by_hand_is_settled() {
    let mut order = order("1", "2026-11-10", "125.00", 25);
    order.totals.gross = d("130.00");
    let unmade = compared(&[of(&order)], &Books::default(), &nobody);
    assert_eq!(found(&unmade), [("not_invoiced", "NR001")]);
    assert_eq!(unmade.differences[0].why.as_ref().unwrap().code, "sum_mismatch");
    assert_eq!(unmade.currencies[0].source.gross, d("130.00"));

    let mut books = Books::default();
    let by_hand = books
        .invoice(&self::order("1", "2026-11-12", "130.00", 25))
        .clone();
    books.documents[0].reference = "Åsa".to_owned();
    assert_eq!(found(&compared(&[of(&order)], &books, &nobody)), NOTHING);
    books.documents[0].total = by_hand.total + Decimal::ONE;
    let other = compared(&[of(&order)], &books, &nobody);
    assert_eq!(found(&other), [("not_invoiced", "NR001")]);
    assert_eq!(other.differences[0].documents, [by_hand.number]);
}

#[test]
fn a_record_that_the_shop_cannot_tell_is_expected_for_its_amount() {
    let order = order("1", "2026-11-10", "125.00", 25);
    let unreadable = Pulled {
        content: Err(Reason::data("country_missing")),
        ..of(&order)
    };
    let absent = compared(std::slice::from_ref(&unreadable), &Books::default(), &nobody);
    assert_eq!(found(&absent), [("not_invoiced", "NR001")]);
    let mut books = Books::default();
    books.invoice(&order);
    assert_eq!(found(&compared(&[unreadable], &books, &nobody)), NOTHING);
}

#[test]
fn an_invoice_of_an_order_cancelled_since_is_unexpected_until_something_takes_it_back() {
    let mut order = order("1", "2026-11-10", "125.00", 25);
    order.cancelled = true;
    let mut books = Books::default();
    let invoice = books.invoice(&order).clone();
    let stands = compared(&[of(&order)], &books, &nobody);
    assert_eq!(found(&stands), [("unexpected", "NR001")]);
    let difference = &stands.differences[0];
    assert_eq!(difference.why.as_ref().unwrap().code, "cancelled");
    assert_eq!(
        (difference.source, difference.target.unwrap().gross),
        (None, d("125.00"))
    );

    let later = refund_of(&order, slip_of_all("7", "2026-12-05", "125.00", "100.00"));
    let mut credited = Books {
        documents: books.documents.clone(),
    };
    credited.credit(&later);
    assert_eq!(found(&compared(&[of(&order)], &credited, &nobody)), NOTHING);

    let mut by_hand = Books {
        documents: books.documents,
    };
    by_hand.again(&invoice, "");
    by_hand.documents[1].total = -invoice.total;
    let accepted = compared(&[of(&order)], &by_hand, &nobody);
    assert_eq!(found(&accepted), NOTHING);
    assert_eq!(accepted.currencies[0].source, accepted.currencies[0].target);
}

#[test]
fn a_refund_of_a_cancelled_order_is_due_only_where_its_invoice_stands() {
    let mut order = order("1", "2026-11-10", "125.00", 25);
    order.cancelled = true;
    let refund = refund_of(&order, slip_of_all("7", "2026-11-12", "125.00", "100.00"));
    let made = [of(&order), refund.clone()];
    assert_eq!(found(&compared(&made, &Books::default(), &nobody)), NOTHING);
    let mut books = Books::default();
    books.invoice(&order);
    let uncredited = compared(&made, &books, &nobody);
    assert_eq!(
        found(&uncredited),
        [("unexpected", "NR001"), ("missing", "NR001")]
    );
    books.credit(&refund);
    assert_eq!(found(&compared(&made, &books, &nobody)), NOTHING);

    // its invoice is of the month before
    order.placed_on = day("2026-10-20");
    let refund = refund_of(&order, slip_of_all("7", "2026-11-12", "125.00", "100.00"));
    assert_eq!(
        found(&compared(
            std::slice::from_ref(&refund),
            &Books::default(),
            &nobody
        )),
        NOTHING
    );
    let mut books = Books::default();
    books.invoice(&order);
    assert_eq!(
        found(&compared(std::slice::from_ref(&refund), &books, &nobody)),
        [("missing", "NR001")]
    );
    books.credit(&refund);
    assert_eq!(found(&compared(&[refund], &books, &nobody)), NOTHING);
}

#[test]
fn an_invoice_cancelled_by_hand_is_told_unless_the_shop_gave_all_of_it_back() {
    let order = order("1", "2026-11-10", "125.00", 25);
    let mut books = Books::default();
    books.invoice(&order).cancelled = true;
    let cancelled = compared(&[of(&order)], &books, &nobody);
    assert_eq!(found(&cancelled), [("cancelled_in_books", "NR001")]);
    assert_eq!(
        (
            cancelled.differences[0].target,
            cancelled.differences[0].documents.len()
        ),
        (None, 1)
    );
    let refund = refund_of(&order, slip_of_all("7", "2026-11-12", "125.00", "100.00"));
    let both = [of(&order), refund];
    assert_eq!(found(&compared(&both, &books, &nobody)), NOTHING);
    // and made anew by hand
    let anew = BookedDocument {
        cancelled: false,
        ..books.documents[0].clone()
    };
    books.again(&anew, "ersätter 1001");
    assert_eq!(found(&compared(&[of(&order)], &books, &nobody)), NOTHING);
}

#[test]
fn tax_may_differ_by_an_ore_a_row_and_no_more() {
    let lines = || {
        vec![
            world::line("0", 1, "100.00", 25),
            world::line("1", 1, "50.00", 25),
        ]
    };
    let order = super::placed(
        world::order(lines(), Vec::new(), Vec::new(), "150.00"),
        "1",
        day("2026-11-10"),
    );
    for (booked, differs) in [
        ("30.02", false),
        ("29.98", false),
        ("30.03", true),
        ("29.97", true),
    ] {
        let mut books = Books::default();
        books.invoice(&order).taxes = vec![tax(25, d(booked))];
        let compared = compared(&[of(&order)], &books, &nobody);
        assert_eq!(found(&compared) == [("vat", "NR001")], differs, "{booked}");
        assert_eq!(found(&compared).is_empty(), !differs, "{booked}");
    }
    // an öre under a rate that the order has not is no rounding
    let mut books = Books::default();
    books.invoice(&order).taxes = vec![tax(25, d("30.00")), tax(12, d("0.01"))];
    let compared = compared(&[of(&order)], &books, &nobody);
    assert_eq!(found(&compared), [("vat", "NR001")]);
    assert_eq!(compared.differences[0].taxes.len(), 1);
}

#[test]
fn an_invoice_in_another_currency_says_so_and_compares_no_amounts() {
    let order = order("1", "2026-11-10", "125.00", 25);
    let mut books = Books::default();
    books.invoice(&order).currency = Currency::EUR;
    let compared = compared(&[of(&order)], &books, &nobody);
    assert_eq!(found(&compared), [("amount", "NR001")]);
    let difference = &compared.differences[0];
    assert_eq!(
        (difference.currency, difference.target),
        (Some(Currency::SEK), None)
    );
}

#[test]
fn a_document_of_ours_whose_order_is_gone_is_unexpected() {
    let mut books = Books::default();
    books.invoice(&order("1", "2026-11-10", "125.00", 25));
    let compared = compared(&[], &books, &nobody);
    assert_eq!(found(&compared), [("unexpected", "NR001")]);
    let difference = &compared.differences[0];
    assert_eq!(
        (difference.kind, difference.source_key.as_str()),
        (DifferenceKind::Unexpected, "")
    );
}

#[test]
fn what_the_shop_never_made_and_what_other_shops_made_is_none_of_ours() {
    let mut books = Books::default();
    for reference in ["", "abc123-1", "k3x9qa", "k3x9qa-", "K3X9QA-1"] {
        let kept = books.documents.len();
        books.invoice(&order("1", "2026-11-10", "125.00", 25));
        reference.clone_into(&mut books.documents[kept].reference);
    }
    assert_eq!(found(&compared(&[], &books, &nobody)), NOTHING);
}

#[test]
fn what_lies_outside_the_period_is_not_compared() {
    let order = order("1", "2026-10-31", "125.00", 25);
    let compared = compared(&[of(&order)], &Books::default(), &nobody);
    assert_eq!(compared, Compared::default());
}

#[test]
fn a_document_that_was_cancelled_stands_for_nothing() {
    let order = order("1", "2026-11-10", "125.00", 25);
    let mut books = Books::default();
    let by_hand = books.invoice(&order);
    by_hand.reference.clear();
    by_hand.cancelled = true;
    let absent = compared(&[of(&order)], &books, &nobody);
    assert_eq!(found(&absent), [("missing", "NR001")]);
    assert!(absent.differences[0].documents.is_empty());
    books.invoice(&order);
    assert_eq!(found(&compared(&[of(&order)], &books, &nobody)), NOTHING);
}

#[test]
fn what_cannot_be_made_is_expected_at_its_price_before_gift_cards() {
    let card = vec![world::discount("Presentkort 7", &[(25, "25.00")])];
    let sold = world::order(vec![world::line("0", 1, "125.00", 25)], Vec::new(), card, "90.00");
    let order = super::placed(sold, "1", day("2026-11-10"));
    let settings = OrderSettings {
        gift_cards: vec![GiftCardVoucher::StartsWith("presentkort".to_owned())],
        ..world::settings()
    };
    let mut comparison = Reconciliation::new(world::SHOP, settings, super::november());
    comparison.expect(&of(&order));
    let compared = comparison.compare();
    assert_eq!(found(&compared), [("not_invoiced", "NR001")]);
    assert_eq!(compared.differences[0].source.unwrap().gross, d("115.00"));
}

#[test]
fn only_days_that_call_for_it_are_read_again() {
    let mut comparison = Reconciliation::new(world::SHOP, world::settings(), super::november());
    assert_eq!(comparison.days_to_look_again(), []);
    for (key, date) in [("1", "2026-11-01"), ("2", "2026-11-05"), ("3", "2026-11-29")] {
        comparison.expect(&of(&order(key, date, "125.00", 25)));
    }
    let days = |from: &str, to: &str| day(from)..=day(to);
    assert_eq!(
        comparison.days_to_look_again(),
        [days("2026-10-25", "2026-11-12"), days("2026-11-22", "2026-12-06")]
    );
    assert_eq!(comparison.size(), 3);
}
