//! Writes orders into the books: draws the rows, adds them up as the shop would, and files what belongs to the order.
//!
//! An order that has just been written is in no state yet; [`Books::enter_state`] takes it from there.

use chrono::{DateTime, Utc};
use rand::{RngExt, rngs::StdRng, seq::index};
use rust_decimal::Decimal;

use super::{
    address_book::{AddressBook, Party},
    faulty, names,
    products::{PRODUCTS, Product},
    setup::{CARRIERS, WRAPPING},
    taxes::{self, Market},
    wish::{self, Buyer, Wish},
};
use crate::fake::{
    books::Books,
    rounding::{Amount, Extras, Totals, micro, ore, totals},
    rows::{Faulty, Order, OrderCarrier, OrderCartRule, OrderDetail, PaymentWay},
};

static TRANSFER: PaymentWay = PaymentWay {
    module: "ps_wirepayment",
    label: "Banköverföring",
};
static PAYMENT_WAYS: [PaymentWay; 3] = [
    PaymentWay {
        module: "gg_kort",
        label: "Kort (Visa/Mastercard)",
    },
    PaymentWay {
        module: "gg_mobil",
        label: "Mobilbetalning",
    },
    PaymentWay {
        module: "gg_faktura",
        label: "Faktura 30 dagar å conto",
    },
];

/// Modules of other shops, for an order that was paid by one.
static OTHER_WAYS: [PaymentWay; 2] = [
    PaymentWay {
        module: "klarnaofficial",
        label: "Klarna",
    },
    PaymentWay {
        module: "easycheckout",
        label: "Nexi Checkout",
    },
];

/// A way to pay by its module.
pub(crate) fn payment_way(module: &str) -> Option<&'static PaymentWay> {
    let ways = PAYMENT_WAYS.iter().chain(&OTHER_WAYS).chain([&TRANSFER]);
    ways.into_iter().find(|way| way.module == module)
}

/// A row of an order before it has an id.
pub(super) struct Line {
    product: &'static Product,
    quantity: u32,
    original_price: Decimal,
    reduction_percent: u32,
    pub(super) unit: Amount,
    tax: Option<u32>,
}

pub(crate) struct Clerk {
    rng: StdRng,
    address_book: AddressBook,
    imagined: usize,
}

/// What the rows come to, and the voucher that took part in it.
struct Bill {
    totals: Totals,
    carrier_tax_rate: Decimal,
    voucher_value: Amount,
}

impl Clerk {
    pub(super) fn new(rng: StdRng) -> Self {
        Self {
            rng,
            address_book: AddressBook::default(),
            imagined: 0,
        }
    }

    /// The next order's features; a faulty one has none beside its flaw.
    pub(super) fn imagine(&mut self, at: DateTime<Utc>, flaw: Option<Faulty>) -> Wish {
        if let Some(flaw) = flaw {
            return wish::flawed(at, flaw);
        }
        self.imagined += 1;
        wish::ordinary(self.imagined, at, &mut self.rng)
    }

    /// An ordinary order for `buyer`, written at once. None where the buyer is not in the books.
    pub(crate) fn take_order(&mut self, books: &mut Books, buyer: Buyer, at: DateTime<Utc>) -> Option<u32> {
        let wish = Wish {
            buyer,
            ..self.imagine(at, None)
        };
        self.write(books, &wish)
    }

    pub(super) fn write(&mut self, books: &mut Books, wish: &Wish) -> Option<u32> {
        let party = self
            .address_book
            .party(books, wish.buyer, wish.at, &mut self.rng)?;
        let mut lines = self.lines(wish, party.market);
        faulty::spoil_lines(wish.faulty, &mut lines);
        let mut bill = bill(wish, party.market, &lines);
        faulty::spoil_totals(wish.faulty, &mut bill.totals);
        let order = self.order(books, wish, party, &bill);
        file_lines(books, order, wish, &lines);
        file_shipping(books, order, wish, &lines, bill.totals.shipping);
        if let Some(voucher) = wish.voucher {
            let value = bill.voucher_value;
            books.order_cart_rules.add(|id| OrderCartRule {
                id,
                order,
                voucher,
                value,
            });
        }
        faulty::forget_customer(wish.faulty, books, party);
        Some(order)
    }

    fn lines(&mut self, wish: &Wish, market: Market) -> Vec<Line> {
        let drawn = index::sample(&mut self.rng, PRODUCTS.len(), wish.rows);
        drawn
            .into_iter()
            .map(|place| self.line(&PRODUCTS[place], wish, market))
            .collect()
    }

    fn line(&mut self, product: &'static Product, wish: &Wish, market: Market) -> Line {
        let original_price = micro(product.price() * wish.currency.conversion_rate());
        let reduction_percent = if self.rng.random_range(0..12) == 0 {
            self.one_of([10, 15, 20, 30])
        } else {
            0
        };
        let net = micro(original_price * Decimal::from(100 - reduction_percent) / Decimal::ONE_HUNDRED);
        let due = taxes::due(market, product.class, wish.at);
        let rate = due.map_or(Decimal::ZERO, |(_, rate)| rate);
        Line {
            product,
            quantity: self.quantity(product),
            original_price,
            reduction_percent,
            unit: Amount::taxed(net, rate).map(micro),
            tax: due.map(|(id, _)| id),
        }
    }

    fn quantity(&mut self, product: &Product) -> u32 {
        if product.price() > Decimal::from(500) {
            return 1;
        }
        self.one_of([1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6, 12, 38])
    }

    fn one_of<const N: usize>(&mut self, choices: [u32; N]) -> u32 {
        choices[self.rng.random_range(0..N)]
    }

    fn order(&mut self, books: &mut Books, wish: &Wish, party: Party, bill: &Bill) -> u32 {
        let reference = (0..9)
            .map(|_| char::from(self.rng.random_range(b'A'..=b'Z')))
            .collect();
        let way = &PAYMENT_WAYS[self.rng.random_range(0..PAYMENT_WAYS.len())];
        let message = names::GIFT_MESSAGES[self.rng.random_range(0..names::GIFT_MESSAGES.len())];
        books.orders.add(|id| Order {
            id,
            reference,
            customer: party.customer,
            address_delivery: party.delivery,
            address_invoice: party.invoice,
            currency: wish.currency,
            carrier: wish.carrier,
            carrier_tax_rate: bill.carrier_tax_rate,
            payment: if wish.by_transfer { &TRANSFER } else { way },
            gift_message: if wish.wrapped { message } else { "" },
            round_type: wish.round_type,
            totals: bill.totals,
            paid_real: Decimal::ZERO,
            current_state: 0,
            invoice: None,
            delivery: None,
            tracking: String::new(),
            date_add: wish.at,
            date_upd: wish.at,
            faulty: wish.faulty,
        })
    }
}

/// Adds up the rows with shipping, wrapping and voucher, in the order's currency.
fn bill(wish: &Wish, market: Market, lines: &[Line]) -> Bill {
    let conversion = wish.currency.conversion_rate();
    let rate = taxes::service_rate(market, wish.at);
    let service = |net: Decimal| Amount::taxed(net * conversion, rate).map(ore);
    let carrier = CARRIERS.iter().find(|carrier| carrier.id == wish.carrier);
    let freight = carrier.map_or(Decimal::ZERO, |carrier| carrier.net());
    let shipping = service(freight);
    let wrapping = if wish.wrapped {
        service(WRAPPING)
    } else {
        Amount::default()
    };
    let sum = lines
        .iter()
        .map(|line| wish.round_type.line(line.unit, line.quantity))
        .sum();
    let voucher_value = wish.voucher.map_or_else(Amount::default, |voucher| {
        voucher.value(sum, shipping, conversion)
    });
    let rows: Vec<(Amount, u32)> = lines.iter().map(|line| (line.unit, line.quantity)).collect();
    let extras = Extras {
        shipping,
        wrapping,
        discounts: voucher_value.map(ore),
    };
    Bill {
        totals: totals(wish.round_type, &rows, extras),
        carrier_tax_rate: if freight.is_zero() { Decimal::ZERO } else { rate },
        voucher_value,
    }
}

fn file_lines(books: &mut Books, order: u32, wish: &Wish, lines: &[Line]) {
    for line in lines {
        let &Line {
            product,
            quantity,
            original_price,
            reduction_percent,
            unit,
            tax,
        } = line;
        let total = wish.round_type.line(unit, quantity);
        books.details.add(|id| OrderDetail {
            id,
            order,
            product,
            quantity,
            original_price,
            reduction_percent,
            unit,
            total,
            tax,
        });
    }
}

fn file_shipping(books: &mut Books, order: u32, wish: &Wish, lines: &[Line], cost: Amount) {
    let weight = lines
        .iter()
        .map(|line| line.product.weight() * Decimal::from(line.quantity))
        .sum();
    books.order_carriers.add(|id| OrderCarrier {
        id,
        order,
        carrier: wish.carrier,
        weight,
        cost,
        tracking: String::new(),
        date_add: wish.at,
    });
}
