//! Differences of every kind, sown at random into books that agree: exactly those are found, whatever else stands in the books.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use rust_decimal::Decimal;
use skarv_canonical::{
    Reason, mapping,
    order::Order,
    reconciliation::{Compared, Difference},
    record::{Pulled, Record},
    refund::SlipKind,
};

use super::{Books, compared, november, of, placed, refund_of, tax};
use crate::{
    generated,
    shop::{Cart, ore},
    world::{self, SHOP, day},
};

/// What became of an order in the books.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Right,
    Missing,
    MadeByHand { exactly: bool },
    Doubled,
    DoubledByHand,
    OtherAmount(i128),
    OtherTax,
    OtherDay { beyond: bool },
    CancelledSince,
    CancelledBefore,
    CancelledAndCredited,
    CancelledInBooks,
    Contradicts,
    ContradictsAndMadeByHand,
    NeverPaid,
    NeverPaidButInvoiced,
    Gone,
}

use Fate::*;

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        8 => Just(Right),
        1 => Just(Missing),
        1 => any::<bool>().prop_map(|exactly| MadeByHand { exactly }),
        1 => Just(Doubled),
        1 => Just(DoubledByHand),
        1 => (1_i128..100_000, any::<bool>()).prop_map(|(by, less)| OtherAmount(if less { -by } else { by })),
        1 => Just(OtherTax),
        1 => any::<bool>().prop_map(|beyond| OtherDay { beyond }),
        1 => Just(CancelledSince),
        1 => Just(CancelledBefore),
        1 => Just(CancelledAndCredited),
        1 => Just(CancelledInBooks),
        1 => Just(Contradicts),
        1 => Just(ContradictsAndMadeByHand),
        1 => Just(NeverPaid),
        1 => Just(NeverPaidButInvoiced),
        1 => Just(Gone),
    ]
}

/// What became of the refund of an order that is right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Back {
    None,
    Credited,
    NotCredited,
}

#[derive(Clone, Debug)]
struct Story {
    cart: Cart,
    fate: Fate,
    back: Back,
    day: u64,
}

fn story() -> impl Strategy<Value = Story> {
    let back = prop::sample::select(vec![Back::None, Back::None, Back::Credited, Back::NotCredited]);
    (generated::cart(), fate(), back, 0_u64..30).prop_map(|(cart, fate, back, day)| Story {
        cart,
        fate,
        back,
        day,
    })
}

/// Both sides, and what is to be found.
#[derive(Default)]
struct World {
    made: Vec<Pulled>,
    books: Books,
    differences: Vec<(&'static str, String)>,
}

impl World {
    fn tell(&mut self, number: usize, story: &Story) {
        let date = day("2026-11-01").checked_add_days(Days::new(story.day)).unwrap();
        let mut order = placed(story.cart.check_out().order, &(number + 1).to_string(), date);
        // a by-hand document must not look like another order's, and one that comes to nothing takes nothing back
        let whole = order.totals.gross;
        let (fate, back) = if whole.is_zero() {
            (Right, Back::None)
        } else {
            (story.fate, story.back)
        };
        let at = self.books.documents.len();
        self.books.invoice(&order);
        if let Some(kind) = self.meet(fate, at, &mut order) {
            self.differences.push((kind, order.number.clone()));
        }
        if fate == CancelledAndCredited {
            self.give_all_back(&story.cart, &order, at);
        }
        if fate != Gone {
            self.made.push(of(&order));
        }
        if fate == Right && back != Back::None {
            self.give_back(story, &order, back);
        }
    }

    /// Lets the order meet its fate; how it then differs.
    fn meet(&mut self, fate: Fate, at: usize, order: &mut Order) -> Option<&'static str> {
        let document = &mut self.books.documents[at];
        match fate {
            Right | CancelledAndCredited => return None,
            Missing => drop(self.books.documents.remove(at)),
            MadeByHand { exactly } => {
                document.reference = "Åsas bord".to_owned();
                document.total += if exactly { Decimal::ZERO } else { ore(1) };
                return Some("missing");
            }
            Doubled | DoubledByHand => {
                let (first, ours) = (document.clone(), fate == Doubled);
                self.books.again(&first, if ours { &first.reference } else { "" });
            }
            OtherAmount(by) => document.total += ore(by),
            OtherTax => match document.taxes.first_mut() {
                Some(first) => first.tax += Decimal::ONE,
                None => document.taxes.push(tax(25, ore(1))),
            },
            OtherDay { beyond } => {
                document.date = elsewhere(document.date, beyond);
            }
            CancelledSince => order.cancelled = true,
            CancelledBefore => {
                order.cancelled = true;
                self.books.documents.remove(at);
                return None;
            }
            CancelledInBooks => document.cancelled = true,
            Contradicts => {
                self.books.documents.remove(at);
                order.totals.gross += Decimal::ONE_HUNDRED;
            }
            ContradictsAndMadeByHand => {
                order.totals.gross += Decimal::ONE_HUNDRED;
                document.total = order.totals.gross;
                document.reference = String::new();
                return None;
            }
            NeverPaid => {
                order.states_passed.clear();
                self.books.documents.remove(at);
                return None;
            }
            NeverPaidButInvoiced => order.states_passed.clear(),
            Gone => {}
        }
        Some(match fate {
            Missing => "missing",
            Doubled | DoubledByHand => "doubled",
            OtherAmount(_) => "amount",
            OtherTax => "vat",
            OtherDay { .. } => "date",
            CancelledInBooks => "cancelled_in_books",
            Contradicts => "not_invoiced",
            _ => "unexpected",
        })
    }

    fn give_back(&mut self, story: &Story, order: &Order, back: Back) {
        let pieces: Vec<i128> = story.cart.goods.iter().map(|goods| goods.pieces).collect();
        let slip = story.cart.slip(0, SlipKind::Plain, &pieces, 0, false);
        let slip = skarv_canonical::refund::Slip {
            key: order.key.clone(),
            date: elsewhere(order.placed_on, false),
            ..slip
        };
        let refund = refund_of(order, slip);
        let Ok(Record::Refund(made)) = &refund.content else {
            return;
        };
        let kind = match mapping::credit_note(made, SHOP, &world::settings()) {
            Err(reason) if reason.code == "refund_empty" => None,
            Err(_) => Some("not_invoiced"),
            Ok(_) if back == Back::NotCredited => Some("missing"),
            Ok(_) => {
                self.books.credit(&refund);
                None
            }
        };
        self.differences
            .extend(kind.map(|kind| (kind, order.number.clone())));
        self.made.push(refund);
    }

    /// The order is cancelled, and a person has credited its invoice under our reference for the refund.
    fn give_all_back(&mut self, cart: &Cart, order: &Order, at: usize) {
        let mut cancelled = order.clone();
        cancelled.cancelled = true;
        let slip = cart.slip(0, SlipKind::Plain, &[], 0, false);
        let unclear = Pulled {
            source_key: format!("R{}", order.key),
            content: Err(Reason::data("refund_unreadable")),
            ..refund_of(&cancelled, slip)
        };
        let invoice = self.books.documents[at].clone();
        self.books
            .again(&invoice, &format!("{}-R{}", invoice.reference, order.key));
        let credit = self.books.documents.last_mut().unwrap();
        credit.total = -invoice.total;
        credit.taxes.iter_mut().for_each(|tax| tax.tax = -tax.tax);
        let amount = skarv_canonical::Money::new(invoice.total, invoice.currency);
        self.made.push(Pulled {
            amount: Some(amount),
            ..unclear
        });
    }

    /// What stands there and is no business of ours, and what comes twice because pages shift.
    fn surround(&mut self) {
        let ours = self.books.documents.clone();
        for (document, reference) in ours
            .iter()
            .zip(["", "abc123-1", "Butiken", "k3x9qa-"].into_iter().cycle())
        {
            self.books.again(document, reference);
            let other = self.books.documents.last_mut().unwrap();
            other.order_number = if reference.is_empty() {
                String::new()
            } else {
                "annan order".to_owned()
            };
        }
        self.books.documents.extend(ours);
    }
}

/// Another day: of the same month, or just before or after it.
fn elsewhere(date: NaiveDate, beyond: bool) -> NaiveDate {
    let (first, last) = (day("2026-11-01"), day("2026-11-30"));
    match beyond {
        // no more than a week from its own day
        true if date < first + Days::new(6) => first - Days::new(1),
        true if date > last - Days::new(6) => last + Days::new(1),
        _ if date < last => date + Days::new(1),
        _ => date - Days::new(1),
    }
}

/// What the differences come to, of what the sums hold: documents dated beyond the period are not summed.
fn explained(differences: &[Difference], code: &str) -> Decimal {
    let of_currency = differences.iter().filter(|d| d.currency.unwrap().code() == code);
    let by = |difference: &Difference| {
        let within = difference
            .target_date
            .is_none_or(|date| november().contains(&date));
        let target = difference.target.filter(|_| within);
        let gross = |amounts: Option<skarv_canonical::reconciliation::Amounts>| {
            amounts.map_or(Decimal::ZERO, |amounts| amounts.gross)
        };
        gross(difference.source) - gross(target)
    };
    of_currency.map(by).sum()
}

fn told(compared: &Compared) -> Vec<(&'static str, String)> {
    let mut told: Vec<_> = super::found(compared)
        .into_iter()
        .map(|(kind, number)| (kind, number.to_owned()))
        .collect();
    told.sort_unstable();
    told
}

proptest! {
    #![proptest_config(generated::cases(400))]

    #[test]
    fn generated_differences_are_found_and_nothing_else(stories in prop::collection::vec(story(), 1..14)) {
        let mut world = World::default();
        for (number, story) in stories.iter().enumerate() {
            world.tell(number, story);
        }
        world.surround();
        let compared = compared(&world.made, &world.books, &|_| None);
        world.differences.sort_unstable();
        prop_assert_eq!(told(&compared), world.differences);

        for sums in &compared.currencies {
            let code = sums.currency.code();
            prop_assert_eq!(sums.source.gross - sums.target.gross, explained(&compared.differences, code));
            let days = compared.days.iter().filter(|day| day.currency == sums.currency);
            prop_assert_eq!(days.clone().map(|day| day.target.gross).sum::<Decimal>(), sums.target.gross);
            prop_assert_eq!(days.map(|day| day.target.tax).sum::<Decimal>(), sums.target.tax);
        }
    }

    #[test]
    fn generated_books_that_agree_have_equal_sums_every_day(stories in prop::collection::vec(story(), 1..14)) {
        let mut world = World::default();
        for (number, story) in stories.into_iter().enumerate() {
            world.tell(number, &Story { fate: Right, back: Back::None, ..story });
        }
        world.surround();
        let compared = compared(&world.made, &world.books, &|_| None);
        prop_assert_eq!(&compared.differences, &[]);
        for day in &compared.days {
            prop_assert_eq!((day.source.count, day.source.gross), (day.target.count, day.target.gross));
        }
    }
}
