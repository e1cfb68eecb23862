//! Credit notes of refunds as real shops made them: what is taken back is what was invoiced, however the slip was rounded.

use rust_decimal::Decimal;
use skarv_canonical::{order::Order, refund::SlipKind};

use crate::world::{
    credit, credits, d, discount, invoice, line, of_amount, order, shipping, slip, told, with_shipping,
};

use SlipKind::{ChosenAmount, MinusVoucher, Plain};

/// Rounded piece by piece: 3 × 66.1546 is 198.45 there, and 198.46 on the slip.
fn piece_by_piece() -> Order {
    let lines = vec![
        line("1078", 3, "198.45", 6),
        line("1079", 3, "297.00", 6),
        line("1080", 3, "447.00", 25),
    ];
    let voucher = discount("Välkommen", &[(6, "10.52"), (25, "9.48")]);
    order(lines, vec![shipping("55.41")], vec![voucher], "977.86")
}

#[test]
fn a_slip_less_the_voucher_takes_back_rows_as_invoiced_and_the_discount_by_its_split() {
    let rows = [
        ("1078", 3, "198.46", "187.23"),
        ("1079", 3, "297.01", "280.20"),
        ("1080", 3, "447.00", "357.60"),
    ];
    let note = credit(&piece_by_piece(), slip("62", MinusVoucher, &rows)).unwrap();
    assert_eq!(
        told(&note.rows),
        [
            "Goods 3 -198.45 6% 3003",
            "Goods 3 -297.00 6% 3003",
            "Goods 3 -447.00 25% 3001",
            "Discount 1 10.52 6% 3003",
            "Discount 1 9.48 25% 3001",
        ]
    );
    assert_eq!((note.total, note.shop_difference), (d("-922.45"), d("0.02")));
    assert_eq!(
        (note.reference.as_str(), note.invoice_reference.as_str()),
        ("k3x9qa-42-R62", "k3x9qa-42")
    );
}

#[test]
fn part_of_a_row_is_taken_back_at_the_rate_of_its_day() {
    let order = order(
        vec![line("447", 1, "49.90", 12)],
        vec![shipping("49.00")],
        Vec::new(),
        "98.90",
    );
    let note = credit(&order, slip("27", Plain, &[("447", 1, "4.99", "4.46")])).unwrap();
    assert_eq!(told(&note.rows), ["Goods 1 -4.99 12% 3002"]);
    assert_eq!(note.rows[0].rate.tax_in(note.rows[0].gross), d("-0.53"));
}

#[test]
fn the_last_slip_takes_the_rounding_back_too() {
    let order = order(
        vec![line("A", 1, "458.29", 25), line("B", 1, "0.63", 25)],
        vec![shipping("89.00")],
        Vec::new(),
        "547.91",
    );
    let first = slip("1", Plain, &[("A", 1, "458.29", "366.63")]);
    let last = with_shipping(slip("2", Plain, &[("B", 1, "0.63", "0.50")]), "89.00", "71.20");
    let notes: Vec<_> = credits(&order, &[first, last])
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(told(&notes[0].rows), ["Goods 1 -458.29 25% 3001"]);
    assert_eq!(
        told(&notes[1].rows),
        [
            "Goods 1 -0.63 25% 3001",
            "Shipping 1 -89.00 25% 3520",
            "Rounding 1 0.01 0% 3740"
        ]
    );
    assert_eq!(notes[0].total + notes[1].total, d("-547.91"));
    assert_eq!(notes[1].shop_difference, d("0.01"));
}

#[test]
fn a_slip_for_buyers_without_tax_states_a_net_amount_and_is_no_chosen_amount() {
    let order = order(
        vec![line("286", 3, "38.70", 12), line("287", 3, "291.63", 25)],
        vec![shipping("49.00")],
        Vec::new(),
        "379.33",
    );
    let rows = [("286", 2, "25.80", "23.04"), ("287", 1, "97.21", "77.77")];
    let slip = of_amount(
        with_shipping(slip("14", Plain, &rows), "49.00", "39.20"),
        "100.81",
    );
    let note = credit(&order, slip).unwrap();
    assert_eq!((note.total, note.shop_difference), (d("-172.01"), Decimal::ZERO));
}

#[test]
fn a_net_amount_without_shipping_says_not_whether_tax_is_in_it() {
    let order = order(vec![line("A", 1, "125.00", 25)], Vec::new(), Vec::new(), "125.00");
    let slip = of_amount(slip("1", ChosenAmount, &[("A", 1, "125.00", "100.00")]), "100.00");
    assert_eq!(credit(&order, slip).unwrap_err().code, "refund_amount_unclear");
}

#[test]
fn a_chosen_amount_is_spread_over_its_rows() {
    let lines = vec![
        line("A", 1, "100.00", 25),
        line("B", 2, "50.00", 6),
        line("C", 1, "10.00", 6),
    ];
    let order = order(lines, Vec::new(), Vec::new(), "160.00");
    let rows = [("A", 1, "100.00", "80.00"), ("B", 2, "50.00", "47.17")];
    let note = credit(&order, of_amount(slip("19", ChosenAmount, &rows), "12.34")).unwrap();
    assert_eq!(
        told(&note.rows),
        ["Goods 1 -8.23 25% 3001", "Goods 2 -4.11 6% 3003"]
    );
    assert_eq!(note.shop_difference, Decimal::ZERO);
}

#[test]
fn a_chosen_amount_above_what_its_rows_cost_is_for_a_person() {
    let order = order(
        vec![line("A", 1, "100.00", 25), line("B", 1, "50.00", 6)],
        Vec::new(),
        Vec::new(),
        "150.00",
    );
    let slip = of_amount(slip("1", ChosenAmount, &[("B", 1, "50.00", "47.17")]), "60.00");
    let reason = credit(&order, slip).unwrap_err();
    assert_eq!(
        (reason.code.as_str(), reason.fix.as_str()),
        ("refund_exceeds_rows", "credit_by_hand")
    );
    assert_eq!(
        (reason.params["refunded"].as_str(), reason.params["left"].as_str()),
        ("60.00", "50.00")
    );
}

#[test]
fn a_bare_amount_has_a_rate_only_where_everything_has_the_same() {
    let bare = || of_amount(slip("33", ChosenAmount, &[]), "25.00");
    let mixed = order(
        vec![line("A", 1, "100.00", 6)],
        vec![shipping("68.75")],
        Vec::new(),
        "168.75",
    );
    let reason = credit(&mixed, bare()).unwrap_err();
    assert_eq!(
        (reason.code.as_str(), reason.fix.as_str()),
        ("refund_rate_unclear", "credit_by_hand")
    );
    let alike = order(
        vec![line("A", 1, "100.00", 25)],
        vec![shipping("68.75")],
        Vec::new(),
        "168.75",
    );
    assert_eq!(
        told(&credit(&alike, bare()).unwrap().rows),
        ["Goods 1 -25.00 25% 3001"]
    );
}

#[test]
fn bare_amounts_count_towards_what_was_paid() {
    let order = order(vec![line("A", 1, "100.00", 25)], Vec::new(), Vec::new(), "100.00");
    let bare = of_amount(slip("1", ChosenAmount, &[]), "25.00");
    let all = slip("2", Plain, &[("A", 1, "100.00", "80.00")]);
    let notes = credits(&order, &[bare, all]);
    let reason = notes[1].as_ref().unwrap_err();
    assert_eq!(reason.code, "refund_exceeds_paid");
    assert_eq!(
        (reason.params["refunded"].as_str(), reason.params["paid"].as_str()),
        ("125.00", "100.00")
    );
}

#[test]
fn shipping_that_the_slip_recomputed_goes_back_as_it_was_invoiced() {
    for slipped in ["7.50", "7.49", "7.48"] {
        let order = order(
            vec![line("950", 4, "99.44", 25)],
            vec![shipping("7.49")],
            Vec::new(),
            "106.93",
        );
        let note = credit(&order, with_shipping(slip("58", Plain, &[]), slipped, "6.30")).unwrap();
        assert_eq!(told(&note.rows), ["Shipping 1 -7.49 25% 3520"]);
        assert_eq!(note.shop_difference, d(slipped) - d("7.49"));
    }
}

#[test]
fn shipping_goes_back_in_parts_and_by_the_rates_of_the_invoice() {
    let mut order = order(vec![line("A", 1, "100.00", 25)], Vec::new(), Vec::new(), "139.20");
    order.fees = vec![shipping("9.38"), shipping("29.82")];
    order.fees[1].rate = 6.into();
    let part = |key, gross| with_shipping(slip(key, Plain, &[]), gross, "8.01");
    let notes = credits(
        &order,
        &[part("1", "10.01"), part("2", "29.19"), part("3", "5.00")],
    );
    let rows: Vec<_> = notes[..2]
        .iter()
        .map(|note| told(&note.as_ref().unwrap().rows))
        .collect();
    assert_eq!(rows[0], ["Shipping 1 -2.40 25% 3520", "Shipping 1 -7.61 6% 3520"]);
    assert_eq!(
        rows[1],
        ["Shipping 1 -6.98 25% 3520", "Shipping 1 -22.21 6% 3520"]
    );
    assert_eq!(notes[2].as_ref().unwrap_err().code, "refund_exceeds_shipping");
}

#[test]
fn a_row_that_was_rounded_piece_by_piece_is_emptied_to_the_ore() {
    let order = order(
        vec![line("1131", 38, "539.60", 6)],
        Vec::new(),
        Vec::new(),
        "539.60",
    );
    let first = slip("1", Plain, &[("1131", 37, "525.27", "495.54")]);
    let last = slip("2", Plain, &[("1131", 1, "14.20", "13.39")]);
    let notes: Vec<_> = credits(&order, &[first, last])
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(told(&notes[0].rows), ["Goods 37 -525.27 6% 3003"]);
    assert_eq!(told(&notes[1].rows), ["Goods 1 -14.33 6% 3003"]);
    assert_eq!(notes[1].shop_difference, d("-0.13"));
}

#[test]
fn more_pieces_than_are_left_are_for_a_person() {
    let order = order(vec![line("A", 2, "200.00", 25)], Vec::new(), Vec::new(), "200.00");
    let both = slip("1", Plain, &[("A", 2, "20.00", "16.00")]);
    let again = slip("2", Plain, &[("A", 1, "100.00", "80.00")]);
    let notes = credits(&order, &[both, again]);
    assert_eq!(notes[0].as_ref().unwrap().total, d("-20.00"));
    let reason = notes[1].as_ref().unwrap_err();
    assert_eq!(
        (
            reason.code.as_str(),
            reason.params["left_quantity"].as_str(),
            reason.params["slip"].as_str()
        ),
        ("refund_exceeds_row", "0", "2")
    );
}

#[test]
fn refunds_at_full_price_of_a_discounted_order_stop_at_what_was_paid() {
    let half_off = discount("Halva priset", &[(25, "100.00")]);
    let order = order(
        vec![line("A", 2, "200.00", 25)],
        Vec::new(),
        vec![half_off],
        "100.00",
    );
    let one = |key| slip(key, Plain, &[("A", 1, "100.00", "80.00")]);
    let notes = credits(&order, &[one("1"), one("2")]);
    assert_eq!(notes[0].as_ref().unwrap().total, d("-100.00"));
    let reason = notes[1].as_ref().unwrap_err();
    assert_eq!(reason.code, "refund_exceeds_paid");
    assert_eq!(
        (reason.params["refunded"].as_str(), reason.params["paid"].as_str()),
        ("200.00", "100.00")
    );
}

#[test]
fn nothing_is_sent_after_a_refund_that_a_person_credits() {
    let order = order(
        vec![line("A", 1, "100.00", 6)],
        vec![shipping("68.75")],
        Vec::new(),
        "168.75",
    );
    let bare = of_amount(slip("1", ChosenAmount, &[]), "25.00");
    let row = slip("2", Plain, &[("A", 1, "100.00", "94.34")]);
    let notes = credits(&order, &[bare, row]);
    let reason = notes[1].as_ref().unwrap_err();
    assert_eq!(
        (reason.code.as_str(), reason.params["earlier"].as_str()),
        ("refund_after_unclear", "1")
    );
}

#[test]
fn a_slip_that_gives_nothing_back_is_empty_and_stands_in_nobodys_way() {
    let order = order(vec![line("A", 1, "100.00", 25)], Vec::new(), Vec::new(), "100.00");
    let nothing = slip("1", Plain, &[]);
    let all = slip("2", Plain, &[("A", 1, "100.00", "80.00")]);
    let notes = credits(&order, &[nothing, all]);
    assert_eq!(notes[0].as_ref().unwrap_err().code, "refund_empty");
    assert_eq!(notes[1].as_ref().unwrap().total, d("-100.00"));
}

#[test]
fn a_slip_about_a_row_that_the_order_lacks_is_for_a_person() {
    let order = order(vec![line("A", 1, "100.00", 25)], Vec::new(), Vec::new(), "100.00");
    let reason = credit(&order, slip("1", Plain, &[("B", 1, "100.00", "80.00")])).unwrap_err();
    assert_eq!(
        (reason.code.as_str(), reason.params["row"].as_str()),
        ("refund_row_unknown", "B")
    );
}

#[test]
fn an_order_that_cost_nothing_is_credited_for_nothing() {
    let free = discount("Gratis", &[(25, "100.00")]);
    let order = order(vec![line("A", 1, "100.00", 25)], Vec::new(), vec![free], "0.00");
    let all = slip("1", MinusVoucher, &[("A", 1, "100.00", "80.00")]);
    let note = credit(&order, all).unwrap();
    assert_eq!((note.rows.len(), note.total), (2, invoice(&order).unwrap().total));
}

#[test]
fn pieces_that_were_invoiced_for_less_than_the_slip_says_take_back_no_more_than_the_row() {
    let order = order(vec![line("A", 30, "0.30", 25)], Vec::new(), Vec::new(), "0.30");
    let most = slip("1", Plain, &[("A", 25, "0.35", "0.28")]);
    let rest = slip("2", Plain, &[("A", 5, "0.07", "0.06")]);
    let notes = credits(&order, &[most, rest]);
    let first = notes[0].as_ref().unwrap();
    assert_eq!((first.total, first.shop_difference), (d("-0.30"), d("0.05")));
    assert_eq!(notes[1].as_ref().unwrap_err().code, "refund_empty");
}

#[test]
fn rounding_goes_back_early_where_the_rows_alone_exceed_what_was_paid() {
    let rows = vec![line("A", 1, "100.00", 25), line("B", 1, "0.01", 25)];
    let order = order(rows, Vec::new(), Vec::new(), "99.99");
    let first = slip("1", Plain, &[("A", 1, "100.00", "80.00")]);
    let last = slip("2", Plain, &[("B", 1, "0.01", "0.01")]);
    let notes: Vec<_> = credits(&order, &[first, last])
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        told(&notes[0].rows),
        ["Goods 1 -100.00 25% 3001", "Rounding 1 0.01 0% 3740"]
    );
    assert_eq!(
        told(&notes[1].rows),
        ["Goods 1 -0.01 25% 3001", "Rounding 1 0.01 0% 3740"]
    );
}

#[test]
fn a_discount_that_rounding_made_larger_than_its_goods_goes_back_whole() {
    let all_of_it = discount("Gratis", &[(25, "1.16")]);
    let rows = vec![line("A", 3, "1.07", 25), line("B", 1, "0.08", 25)];
    let order = order(rows, Vec::new(), vec![all_of_it], "0.00");
    let slipped = [("A", 3, "1.07", "0.86"), ("B", 1, "0.08", "0.07")];
    let note = credit(&order, slip("1", MinusVoucher, &slipped)).unwrap();
    assert_eq!(
        told(&note.rows)[2..],
        ["Discount 1 1.16 25% 3001", "Rounding 1 -0.01 0% 3740"]
    );
    assert_eq!(note.total, Decimal::ZERO);
}

#[test]
fn pieces_whose_price_a_chosen_amount_gave_back_already_are_for_a_person() {
    let order = order(vec![line("A", 3, "300.00", 25)], Vec::new(), Vec::new(), "300.00");
    let chosen = of_amount(slip("1", ChosenAmount, &[("A", 1, "300.00", "240.00")]), "290.00");
    let piece = slip("2", Plain, &[("A", 1, "100.00", "80.00")]);
    let notes = credits(&order, &[chosen, piece]);
    assert_eq!(notes[0].as_ref().unwrap().total, d("-290.00"));
    let reason = notes[1].as_ref().unwrap_err();
    assert_eq!(
        (reason.code.as_str(), reason.params["left"].as_str()),
        ("refund_exceeds_row", "10.00")
    );
}

#[test]
fn a_chosen_amount_takes_from_each_row_no_more_than_is_left_of_it() {
    let rows = vec![line("A", 2, "100.00", 25), line("B", 1, "100.00", 6)];
    let order = order(rows, Vec::new(), Vec::new(), "200.00");
    let first = slip("1", Plain, &[("A", 1, "50.00", "40.00")]);
    let both = [("A", 1, "100.00", "80.00"), ("B", 1, "100.00", "94.34")];
    let chosen = of_amount(slip("2", ChosenAmount, &both), "150.00");
    let notes = credits(&order, &[first, chosen]);
    assert_eq!(
        told(&notes[1].as_ref().unwrap().rows),
        ["Goods 1 -50.00 25% 3001", "Goods 1 -100.00 6% 3003"]
    );
}
