//! Cases that other integrations between shops and ledgers got wrong, by their numbers in the acceptance list. Here are those
//! that the mapping alone decides.

use skarv_canonical::{
    Currency,
    customer::CustomerKind,
    gift_card::{GIFT_CARD_ACCOUNT, GiftCardRedemption, GiftCardVoucher, redeem},
    identity::BuyerNumbers,
    invoice::RowKind,
    order::{Fee, FeeKind, Order},
    refund::SlipKind::{MinusVoucher, Plain},
    vat::VatScheme,
};

use crate::world::{
    address, credit, credits, d, day, discount, invoice, line, order, shipping, slip, told, with_shipping,
};

fn sold_to(company: &str) -> Order {
    let mut order = order(vec![line("A", 1, "125.00", 25)], Vec::new(), Vec::new(), "125.00");
    order.customer.kind = CustomerKind::Company;
    company.clone_into(&mut order.customer.company);
    order
}

#[test]
fn a08_an_organisation_number_is_put_right_or_refused_with_the_buyers_name() {
    let mut order = sold_to("Garnboden AB");
    for written in ["556677 8899", "165566778899", "556677-8899"] {
        written.clone_into(&mut order.customer.org_number);
        assert_eq!(BuyerNumbers::of(&order).unwrap().org_number, "556677-8899");
    }
    "19850709-9805".clone_into(&mut order.customer.org_number);
    assert_eq!(BuyerNumbers::of(&order).unwrap().org_number, "850709-9805");
    "556677-8890".clone_into(&mut order.customer.org_number);
    let reason = BuyerNumbers::of(&order).unwrap_err();
    assert_eq!(
        (reason.code.as_str(), reason.fix.as_str()),
        ("org_number_invalid", "correct_customer_number_in_shop")
    );
    assert_eq!(
        (
            reason.params["customer"].as_str(),
            reason.params["number"].as_str()
        ),
        ("Garnboden AB", "556677-8890")
    );
}

#[test]
fn a09_a_swedish_number_in_the_vat_field_becomes_a_vat_number() {
    let mut order = sold_to("Garnboden AB");
    for written in [
        "556677-8899",
        "5566778899",
        "SE556677-8899",
        "SE 556677 8899 01",
        "556677889901",
    ] {
        written.clone_into(&mut order.billing.vat_number);
        assert_eq!(
            BuyerNumbers::of(&order).unwrap().vat_number,
            "SE556677889901",
            "{written}"
        );
    }
}

#[test]
fn a11_the_orders_own_taxes_and_a_foreign_vat_number_decide_who_owes_the_tax() {
    let abroad = |rate: u32, number: &str| {
        let mut order = order(
            vec![line("A", 1, "100.00", rate)],
            Vec::new(),
            Vec::new(),
            "100.00",
        );
        order.customer.kind = CustomerKind::Company;
        order.customer.company = "Laine Oy".to_owned();
        order.customer.vat_number = number.to_owned();
        (order.billing, order.delivery) = (address("FI"), address("FI"));
        let invoice = invoice(&order).map_err(|reason| reason.code)?;
        Ok::<_, String>((invoice.scheme, invoice.rows[0].account))
    };
    assert_eq!(abroad(0, "FI20774740"), Ok((VatScheme::ReverseCharge, 3108)));
    // no tax on the rows, and nothing that moves it to the buyer
    for number in ["", "-", "SE556036079301"] {
        assert_eq!(
            abroad(0, number),
            Err("eu_sale_without_vat".to_owned()),
            "{number}"
        );
    }
    assert_eq!(abroad(0, "FI2077"), Err("vat_number_invalid".to_owned()));
    // taxed rows were sold with tax, whatever number the buyer has; and no account is guessed for it
    assert_eq!(abroad(24, "FI20774740"), Err("account_missing".to_owned()));
}

#[test]
fn a11_tax_on_the_freight_alone_of_an_export_is_for_a_person_too() {
    let rows = vec![line("A", 1, "100.00", 0)];
    let mut order = order(rows, vec![shipping("50.00")], Vec::new(), "150.00");
    order.delivery = address("NO");
    let reason = invoice(&order).unwrap_err();
    assert_eq!(reason.to_string(), "export_with_vat country=NO");
}

#[test]
fn a14_food_that_was_sold_at_12_percent_is_credited_at_12_percent() {
    let mut order = order(vec![line("A", 2, "224.00", 12)], Vec::new(), Vec::new(), "224.00");
    order.placed_on = day("2026-03-31");
    assert_eq!(told(&invoice(&order).unwrap().rows), ["Goods 2 224.00 12% 3002"]);
    // the slip's own net is by the rate of its day, 6 %
    let note = credit(&order, slip("1", Plain, &[("A", 1, "112.00", "105.66")])).unwrap();
    assert_eq!(note.date, day("2026-05-02"));
    assert_eq!(told(&note.rows), ["Goods 1 -112.00 12% 3002"]);
}

#[test]
fn a15_what_the_shops_rounding_leaves_is_a_row_and_what_it_cannot_leave_is_refused() {
    // by piece, by row, and by total: the three ways in which a shop rounds
    let by_piece = order(vec![line("A", 38, "539.60", 6)], Vec::new(), Vec::new(), "539.60");
    assert_eq!(
        told(&invoice(&by_piece).unwrap().rows),
        ["Goods 38 539.60 6% 3003"]
    );
    let rows = || vec![line("A", 1, "458.29", 25), line("B", 1, "0.63", 25)];
    for (total, rounding) in [
        ("547.91", "Rounding 1 -0.01 0% 3740"),
        ("547.94", "Rounding 1 0.02 0% 3740"),
    ] {
        let invoice = invoice(&order(rows(), vec![shipping("89.00")], Vec::new(), total)).unwrap();
        assert_eq!(
            (told(&invoice.rows)[3].as_str(), invoice.total),
            (rounding, d(total))
        );
    }
    let off = order(rows(), vec![shipping("89.00")], Vec::new(), "547.95");
    assert_eq!(invoice(&off).unwrap_err().params["difference"], "0.03");
}

#[test]
fn a16_shipping_keeps_its_ore_where_the_shop_shows_none() {
    let order = order(
        vec![line("A", 1, "125.00", 25)],
        vec![shipping("68.75")],
        Vec::new(),
        "193.75",
    );
    let invoice = invoice(&order).unwrap();
    assert_eq!(told(&invoice.rows)[1..], ["Shipping 1 68.75 25% 3520"]);
}

#[test]
fn a17_wrapping_is_a_row_and_what_no_row_explains_is_refused_with_the_difference() {
    let wrapping = Fee {
        kind: FeeKind::Wrapping,
        name: "Presentinslagning".to_owned(),
        ..shipping("36.25")
    };
    let rows = || vec![line("A", 1, "125.00", 25)];
    let wrapped = order(rows(), vec![wrapping], Vec::new(), "161.25");
    assert_eq!(
        told(&invoice(&wrapped).unwrap().rows)[1..],
        ["Wrapping 1 36.25 25% 3540"]
    );
    let unexplained = invoice(&order(rows(), Vec::new(), Vec::new(), "161.25")).unwrap_err();
    assert_eq!(
        (
            unexplained.code.as_str(),
            unexplained.params["difference"].as_str()
        ),
        ("sum_mismatch", "36.25")
    );
}

#[test]
fn a18_a_discount_over_two_rates_reduces_both() {
    let tenth = discount("10 %", &[(6, "79.60"), (25, "549.90")]);
    let rows = vec![line("A", 4, "796.02", 6), line("B", 1, "5499.00", 25)];
    let invoice = invoice(&order(rows, Vec::new(), vec![tenth], "5665.52")).unwrap();
    assert_eq!(
        told(&invoice.rows)[2..],
        ["Discount 1 -79.60 6% 3003", "Discount 1 -549.90 25% 3001"]
    );
}

#[test]
fn a19_gift_cards_pay_for_a_sale_and_do_not_reduce_it() {
    let vouchers = vec![
        discount("Presentkort 1001", &[(25, "60.00"), (6, "40.00")]),
        discount("presentkort 1002", &[(25, "25.00")]),
        discount("Höstrea", &[(25, "10.00")]),
    ];
    let rows = vec![line("A", 1, "125.00", 25), line("B", 1, "106.00", 6)];
    let order = order(rows, Vec::new(), vouchers, "96.00");
    let (sold, redemptions) = redeem(&order, &[GiftCardVoucher::StartsWith("Presentkort".to_owned())]);
    let card = |name: &str, gross| GiftCardRedemption {
        name: name.to_owned(),
        gross: d(gross),
    };
    assert_eq!(
        redemptions,
        [
            card("Presentkort 1001", "100.00"),
            card("presentkort 1002", "25.00")
        ]
    );
    assert_eq!(GIFT_CARD_ACCOUNT, 2421);
    let invoice = invoice(&sold).unwrap();
    assert_eq!(
        told(&invoice.rows),
        [
            "Goods 1 125.00 25% 3001",
            "Goods 1 106.00 6% 3003",
            "Discount 1 -10.00 25% 3001"
        ]
    );
    assert_eq!(invoice.total, d("221.00"));
    assert_eq!(sold.taxes, sold.tax_shares());
}

#[test]
fn a19_a_voucher_that_nobody_called_a_gift_card_stays_a_discount() {
    let order = order(
        vec![line("A", 1, "125.00", 25)],
        Vec::new(),
        vec![discount("Presentkort", &[(25, "25.00")])],
        "100.00",
    );
    let named = |name: &str| GiftCardVoucher::Named(name.to_owned());
    for cards in [
        vec![],
        vec![named("Present")],
        vec![GiftCardVoucher::StartsWith(" ".to_owned())],
    ] {
        assert_eq!(redeem(&order, &cards), (order.clone(), Vec::new()));
    }
    assert_eq!(redeem(&order, &[named("PRESENTKORT")]).1.len(), 1);
}

#[test]
fn a20_free_shipping_has_neither_row_nor_account_nor_price() {
    let mut order = order(
        vec![line("A", 1, "125.00", 25)],
        vec![shipping("0.00")],
        Vec::new(),
        "125.00",
    );
    assert_eq!(told(&invoice(&order).unwrap().rows), ["Goods 1 125.00 25% 3001"]);
    order.fees.clear();
    assert_eq!(told(&invoice(&order).unwrap().rows), ["Goods 1 125.00 25% 3001"]);
}

#[test]
fn a22_a_foreign_currency_keeps_the_rate_of_the_order_and_an_unknown_one_is_refused() {
    let mut order = order(vec![line("A", 1, "57.23", 25)], Vec::new(), Vec::new(), "57.23");
    order.currency = Currency::EUR;
    order.conversion_rate = d("0.087");
    let invoice = invoice(&order).unwrap();
    let note = credit(&order, slip("1", Plain, &[("A", 1, "57.23", "45.78")])).unwrap();
    assert_eq!(
        (invoice.currency, invoice.conversion_rate),
        (Currency::EUR, d("0.087"))
    );
    assert_eq!((note.currency, note.conversion_rate), (Currency::EUR, d("0.087")));
    assert_eq!(invoice.date, order.placed_on);
    assert!("XQX".parse::<Currency>().is_err());
}

#[test]
fn a34_an_order_with_nothing_but_shipping_is_refused() {
    let bare = order(Vec::new(), vec![shipping("89.00")], Vec::new(), "89.00");
    assert_eq!(invoice(&bare).unwrap_err().code, "no_rows");
}

#[test]
fn a36_two_partial_refunds_with_shipping_become_two_credit_notes() {
    let rows = vec![line("309", 4, "796.02", 6), line("310", 4, "333.30", 25)];
    let order = order(rows, vec![shipping("55.41")], Vec::new(), "1184.73");
    let first = slip(
        "16",
        Plain,
        &[("309", 1, "199.00", "187.74"), ("310", 1, "83.33", "66.66")],
    );
    let second = with_shipping(
        slip("17", Plain, &[("309", 2, "398.01", "375.48")]),
        "55.41",
        "44.33",
    );
    let notes: Vec<_> = credits(&order, &[first, second])
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        told(&notes[0].rows),
        ["Goods 1 -199.00 6% 3003", "Goods 1 -83.33 25% 3001"]
    );
    assert_eq!(
        told(&notes[1].rows),
        ["Goods 2 -398.01 6% 3003", "Shipping 1 -55.41 25% 3520"]
    );
    let references: Vec<&str> = notes.iter().map(|note| note.reference.as_str()).collect();
    assert_eq!(references, ["k3x9qa-42-R16", "k3x9qa-42-R17"]);
}

#[test]
fn a37_a_slip_that_contradicts_the_order_is_recomputed_from_it_or_refused() {
    // rounded in another way than the order: the order's rows count, and the difference is told
    let rounded = order(
        vec![line("372", 4, "176.40", 6)],
        Vec::new(),
        Vec::new(),
        "176.40",
    );
    let note = credit(&rounded, slip("24", Plain, &[("372", 4, "176.41", "166.44")])).unwrap();
    assert_eq!((note.total, note.shop_difference), (d("-176.40"), d("0.01")));
    // taxed where the order was not: 26.60 for a piece of 24.86
    let untaxed = order(vec![line("950", 4, "99.44", 0)], Vec::new(), Vec::new(), "99.44");
    let reason = credit(&untaxed, slip("58", Plain, &[("950", 1, "26.60", "24.86")])).unwrap_err();
    assert_eq!(
        (
            reason.code.as_str(),
            reason.params["refunded"].as_str(),
            reason.params["left"].as_str()
        ),
        ("refund_exceeds_row", "26.60", "24.86")
    );
    // less a voucher: the discount goes back by the invoice's split, not off the net of one rate
    let voucher = discount("Rabatt", &[(6, "4.59"), (25, "5.41")]);
    let discounted = order(
        vec![line("A", 1, "106.00", 6), line("B", 1, "125.00", 25)],
        Vec::new(),
        vec![voucher],
        "221.00",
    );
    let rows = [("A", 1, "106.00", "100.00"), ("B", 1, "125.00", "100.00")];
    let note = credit(&discounted, slip("1", MinusVoucher, &rows)).unwrap();
    let taken_back = note.rows.iter().filter(|row| row.kind == RowKind::Discount);
    let shares: Vec<_> = taken_back.map(|row| (row.rate.to_string(), row.gross)).collect();
    assert_eq!(
        shares,
        [("6".to_owned(), d("4.59")), ("25".to_owned(), d("5.41"))]
    );
    assert_eq!(note.total, d("-221.00"));
}
