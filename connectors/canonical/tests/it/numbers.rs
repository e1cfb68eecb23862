//! Numbers that buyers type, in all the ways they type them.

use proptest::prelude::*;
use skarv_canonical::{
    Country,
    identity::{BuyerNumbers, IdentityKind, IdentityNumber},
    vat_number::VatNumber,
};

use crate::world::{address, line, order};

fn read(written: &str) -> Result<(String, IdentityKind), String> {
    let number = written.parse::<IdentityNumber>();
    number.map(|n| (n.to_string(), n.kind())).map_err(|e| e.shown)
}

#[test]
fn every_way_of_writing_an_organisation_number_is_one_number() {
    for written in [
        "5566778899",
        "556677-8899",
        " 556677 - 8899 ",
        "556677\u{2013}8899",
        "16556677-8899",
        "165566778899",
        "SE556677889901",
        "se 556677-8899 01",
    ] {
        let expected = ("556677-8899".to_owned(), IdentityKind::Organisation);
        assert_eq!(read(written), Ok(expected), "{written}");
    }
}

#[test]
fn every_way_of_writing_a_personal_number_is_one_number() {
    for written in [
        "8507099805",
        "850709-9805",
        "850709+9805",
        "19850709-9805",
        "1885 0709 9805",
    ] {
        let expected = ("850709-9805".to_owned(), IdentityKind::Person);
        assert_eq!(read(written), Ok(expected), "{written}");
    }
    let coordination = ("850769-9802".to_owned(), IdentityKind::Coordination);
    assert_eq!(read("198507699802"), Ok(coordination));
    let leap = ("000229-0005".to_owned(), IdentityKind::Person);
    assert_eq!(read("000229-0005"), Ok(leap.clone()));
    assert_eq!(read("20000229-0005"), Ok(leap));
}

#[test]
fn what_only_looks_like_a_number_is_refused() {
    for written in [
        "556677-8898",
        "55667788999",
        "19556677-8899",
        "16850709-9805",
        "556677+8899",
        "19000229-0005",
        "900230-1233",
        "17850709-9805",
        "0000000000",
        "+46 70 123 45 67",
        "850709+98+05",
        "åäö",
        "",
    ] {
        assert!(read(written).is_err(), "{written}");
    }
}

#[test]
fn a_refused_number_that_may_be_a_persons_is_not_shown_whole() {
    assert_eq!(read("556677-8898"), Err("556677-8898".to_owned()));
    assert_eq!(read("850709-9806"), Err("850709-****".to_owned()));
    assert_eq!(read("19850709-9806"), Err("850709-****".to_owned()));
    assert_eq!(read("198507091201"), Err("850709-****".to_owned()));
    assert_eq!(read("SE850709980601"), Err("850709-****".to_owned()));
    assert_eq!(read("pnr 8507099805x"), Err("pnr 850709****x".to_owned()));
    assert_eq!(read("850709980"), Err("850709***".to_owned()));
}

#[test]
fn a_personal_number_does_not_show_in_logs() {
    let number: IdentityNumber = "850709-9805".parse().unwrap();
    assert_eq!(format!("{number:?}"), "850709-****");
    let vat = VatNumber::read("850709-9805", Country::SE).unwrap();
    assert_eq!(
        (vat.to_string().as_str(), vat.letters()),
        ("SE850709980501", "SE")
    );
    assert_eq!(format!("{vat:?}"), "850709-****");
}

fn vat(written: &str, country: &str) -> Option<String> {
    let number = VatNumber::read(written, country.parse().unwrap());
    number.ok().map(|number| number.to_string())
}

#[test]
fn vat_numbers_of_the_neighbours_come_in_one_form() {
    for (written, country, number) in [
        ("DE 123 456 789", "DE", "DE123456789"),
        ("123456789", "DE", "DE123456789"),
        ("fi-12345678", "FI", "FI12345678"),
        ("DK12345678", "SE", "DK12345678"),
        ("GR123456789", "GR", "EL123456789"),
        ("123456789", "GR", "EL123456789"),
        ("ATU12345678", "AT", "ATU12345678"),
        ("U12345678", "AT", "ATU12345678"),
        ("B12345678", "ES", "ESB12345678"),
        ("BE 0123.456.789", "BE", "BE0123456789"),
        ("FRXX123456789", "FR", "FRXX123456789"),
        ("NL123456789B01", "NL", "NL123456789B01"),
        ("IE1A23456B", "IE", "IE1A23456B"),
        ("NO 999 999 999 MVA", "NO", "NO999999999MVA"),
        ("CHE-123.456.789 MWST", "CH", "CHE123456789MWST"),
        ("XI123456789", "GB", "XI123456789"),
        ("GBGD123", "GB", "GBGD123"),
    ] {
        assert_eq!(vat(written, country).as_deref(), Some(number), "{written}");
    }
}

#[test]
fn what_fits_no_pattern_is_no_vat_number() {
    for (written, country) in [
        ("DE12345678", "DE"),
        ("12345678", "DE"),
        ("US123456789", "US"),
        ("AT12345678", "AT"),
        ("SE556677889902", "SE"),
        ("SE556677889801", "SE"),
        ("5566778899", "DK"),
        ("FI123456é8", "FI"),
        ("é", "FR"),
    ] {
        assert_eq!(vat(written, country), None, "{written}");
    }
}

fn bought_from(country: &str, org_number: &str, vat_number: &str) -> Result<BuyerNumbers, (String, String)> {
    let mut order = order(vec![line("A", 1, "125.00", 25)], Vec::new(), Vec::new(), "125.00");
    order.billing = address(country);
    org_number.clone_into(&mut order.customer.org_number);
    vat_number.clone_into(&mut order.billing.vat_number);
    BuyerNumbers::of(&order).map_err(|reason| (reason.code, reason.params["number"].clone()))
}

#[test]
fn a_field_that_says_nothing_is_no_wrong_number() {
    assert_eq!(bought_from("SE", " - ", "--"), Ok(BuyerNumbers::default()));
}

#[test]
fn a_foreign_registration_number_is_kept_as_written() {
    let numbers = bought_from("FI", " 1234567-8 ", "").unwrap();
    assert_eq!(numbers.org_number, "1234567-8");
}

#[test]
fn a_wrong_vat_number_is_shown_unless_it_may_be_a_persons() {
    let refused = |number: &str| Err(("vat_number_invalid".to_owned(), number.to_owned()));
    assert_eq!(bought_from("DE", "", "DE12"), refused("DE12"));
    assert_eq!(bought_from("SE", "", "850709-9806"), refused("850709-****"));
    assert_eq!(bought_from("DE", "", "SE850709980601"), refused("850709-****"));
}

/// The digit that makes the sum right, by the book: from the right, every other digit counts double, nines cast out.
fn with_check_digit(nine: &str) -> String {
    let sum: u32 = nine.chars().rev().enumerate().fold(0, |sum, (place, c)| {
        let digit = c.to_digit(10).unwrap();
        let counted = if place % 2 == 0 { digit * 2 } else { digit };
        sum + if counted > 9 { counted - 9 } else { counted }
    });
    format!("{nine}{}", (10 - sum % 10) % 10)
}

proptest! {
    #[test]
    fn one_wrong_digit_is_always_noticed(nine in "[1-9][0-9][2-9][0-9]{6}", place in 0_usize..10, by in 1_u8..10) {
        let number = with_check_digit(&nine);
        prop_assert!(number.parse::<IdentityNumber>().is_ok());
        let mut wrong = number.into_bytes();
        wrong[place] = b'0' + (wrong[place] - b'0' + by) % 10;
        let wrong = String::from_utf8(wrong).unwrap();
        prop_assert!(wrong.parse::<IdentityNumber>().is_err(), "{}", wrong);
    }

    #[test]
    fn no_text_breaks_the_reading_and_none_shows_seven_digits_of_a_person(text in "\\PC{0,20}", digits in "[0-9]{2}[01][0-9]{4,11}") {
        for written in [text.clone(), digits.clone(), format!("{text}{digits}"), format!("SE{digits}")] {
            if let Err(wrong) = written.parse::<IdentityNumber>() {
                let shown = wrong.shown.chars().filter(char::is_ascii_digit).count();
                prop_assert!(shown <= 6 || wrong.shown == written.trim(), "{} of {}", wrong.shown, written);
            }
            for country in ["SE", "DE", "GR", "GB"] {
                if let Ok(number) = VatNumber::read(&written, country.parse().unwrap()) {
                    let again = VatNumber::read(&number.to_string(), Country::SE);
                    prop_assert_eq!(again, Ok(number));
                }
            }
        }
    }
}
