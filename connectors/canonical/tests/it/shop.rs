//! A shop that computes orders and credit slips as PrestaShop does, in whole millionths, ten-thousandths of an öre and öre.
//! It knows what each row exactly costs, and shares no arithmetic with the mapping that it tests.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use skarv_canonical::{
    Currency,
    order::{Discount, DiscountShare, Fee, FeeKind, Order, OrderLine},
    refund::{Slip, SlipKind, SlipLine},
    vat::VatRate,
};

use crate::world;

/// Millionths of a krona in an öre.
const ORE: i128 = 10_000;
/// Amounts that must not be rounded at all are kept in parts this much finer than a millionth.
const FINE: i128 = 1_000_000;

/// What the shop rounds: the price of a piece, a row, or nothing before the total.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rounds {
    Piece,
    Row,
    Total,
}

/// Where half an öre goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Halves {
    Up,
    ToEven,
}

/// Goods of one kind in a cart: net price of a piece in millionths, percent of tax, pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goods {
    pub(crate) net: i128,
    pub(crate) rate: i128,
    pub(crate) pieces: i128,
}

/// A voucher, by what it takes its amount from. Percents are whole, amounts in öre, goods by their place in the cart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Voucher {
    Percent(i128),
    Gross(i128),
    Net(i128),
    FreeShipping,
    PercentAndFreeShipping(i128),
    OfRow(usize, i128),
    OfCheapest(i128),
    OfSelection(u8, i128),
    Gift(usize),
}

/// How shipping is taxed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shipping {
    Free,
    /// Net öre, under a rate of its own.
    AtRate(i128, i128),
    /// Gross öre, under the rates of the goods.
    Average(i128),
}

#[derive(Clone, Debug)]
pub(crate) struct Cart {
    pub(crate) rounds: Rounds,
    pub(crate) halves: Halves,
    pub(crate) euro: bool,
    pub(crate) goods: Vec<Goods>,
    pub(crate) shipping: Shipping,
    /// Net öre.
    pub(crate) wrapping: Option<i128>,
    pub(crate) vouchers: Vec<Voucher>,
}

type ByRate = BTreeMap<i128, i128>;

/// An order, and the exact gross per rate in fine parts of a millionth.
pub(crate) struct Sold {
    pub(crate) order: Order,
    pub(crate) exact: ByRate,
}

impl Halves {
    /// Whole öre of a positive amount.
    fn ore(self, millionths: i128) -> i128 {
        let (whole, rest) = (millionths / ORE, millionths % ORE);
        let up = match (2 * rest).cmp(&ORE) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => matches!(self, Self::Up) || whole % 2 == 1,
        };
        whole + i128::from(up)
    }
}

impl Goods {
    /// The price of a piece with tax, as stored: six decimals.
    pub(crate) fn gross(self) -> i128 {
        (self.net * (100 + self.rate) + 50) / 100
    }
}

impl Cart {
    /// What a row adds to the total, in millionths.
    fn charged(&self, goods: Goods) -> i128 {
        match self.rounds {
            Rounds::Piece => self.halves.ore(goods.gross()) * ORE * goods.pieces,
            Rounds::Row | Rounds::Total => goods.gross() * goods.pieces,
        }
    }

    /// The row as stored and invoiced, in whole öre.
    fn stored(&self, goods: Goods) -> i128 {
        match self.rounds {
            Rounds::Piece => self.halves.ore(goods.gross()) * goods.pieces,
            Rounds::Row => self.halves.ore(goods.gross() * goods.pieces),
            // stored with six decimals, and made öre by whoever reads it
            Rounds::Total => Halves::Up.ore(goods.gross() * goods.pieces),
        }
    }

    /// What the goods exactly come to per rate.
    fn exact_goods(&self) -> ByRate {
        let mut by_rate = ByRate::new();
        for goods in &self.goods {
            *by_rate.entry(goods.rate).or_default() += self.charged(*goods) * FINE;
        }
        by_rate
    }

    /// Shipping in whole öre per rate.
    fn shipping(&self) -> ByRate {
        match self.shipping {
            Shipping::Free => ByRate::new(),
            Shipping::AtRate(net, rate) => [(rate, self.halves.ore(net * (100 + rate) * 100))].into(),
            Shipping::Average(gross) => {
                let goods = self.exact_goods();
                let whole: i128 = goods.values().sum::<i128>().max(1);
                let exact: Vec<i128> = goods
                    .values()
                    .map(|part| gross * ORE * FINE * (part / FINE) / (whole / FINE).max(1))
                    .collect();
                goods.into_keys().zip(largest_remainder(gross, &exact)).collect()
            }
        }
    }

    pub(crate) fn check_out(&self) -> Sold {
        let goods = self.exact_goods();
        let shipping = self.shipping();
        let wrapping = self.wrapping.map(|net| self.halves.ore(net * 125 * 100));
        let taken = self.taken(&goods, &shipping);
        let all: Vec<i128> = taken
            .iter()
            .flat_map(|(_, parts)| parts.values().copied())
            .collect();
        let discounted = self.halves.ore(all.iter().sum::<i128>() / FINE);
        let mut shares = largest_remainder(discounted, &all).into_iter();

        let mut exact = goods;
        for (rate, ore) in shipping.iter().chain(wrapping.iter().map(|ore| (&25, ore))) {
            *exact.entry(*rate).or_default() += ore * ORE * FINE;
        }
        for (rate, part) in taken.iter().flat_map(|(_, parts)| parts) {
            *exact.entry(*rate).or_default() -= part;
        }

        let charged: i128 = self.goods.iter().map(|goods| self.charged(*goods)).sum();
        let fees = shipping.values().chain(wrapping.iter()).sum::<i128>();
        // half an öre may be rounded down in the goods and up in a discount of all of them
        let total = (self.halves.ore(charged) + fees - discounted).max(0);
        let discounts = taken.into_iter().map(|(name, parts)| Discount {
            name,
            shares: parts.into_keys().zip(shares.by_ref()).map(share).collect(),
        });
        let discounts = discounts.collect();
        let wrapped = wrapping.map(|ore| fee(FeeKind::Wrapping, 25, ore));
        let carried = shipping
            .into_iter()
            .map(|(rate, ore)| fee(FeeKind::Shipping, rate, ore));
        let lines = self
            .goods
            .iter()
            .enumerate()
            .map(|(place, goods)| self.line(place, *goods));
        let mut order = world::order(
            lines.collect(),
            carried.chain(wrapped).collect(),
            discounts,
            &ore(total).to_string(),
        );
        if self.euro {
            order.currency = Currency::EUR;
            order.conversion_rate = Decimal::new(87, 3);
        }
        Sold { order, exact }
    }

    fn line(&self, place: usize, goods: Goods) -> OrderLine {
        let gross = ore(self.stored(goods)).to_string();
        let (pieces, rate) = (goods.pieces.try_into().unwrap(), goods.rate.try_into().unwrap());
        world::line(&place.to_string(), pieces, &gross, rate)
    }

    /// What each voucher exactly takes from each rate. One that would take more than there is is not accepted.
    fn taken(&self, goods: &ByRate, shipping: &ByRate) -> Vec<(String, ByRate)> {
        let mut left = goods.clone();
        let mut to_carry = shipping.clone();
        let mut accepted = Vec::new();
        for (number, voucher) in self.vouchers.iter().enumerate() {
            let mut parts = self.off_goods(*voucher, goods);
            if parts.iter().any(|(rate, part)| *part > left[rate]) {
                continue;
            }
            for (rate, part) in &parts {
                *left.get_mut(rate).unwrap() -= part;
            }
            if matches!(
                voucher,
                Voucher::FreeShipping | Voucher::PercentAndFreeShipping(_)
            ) {
                // shipping is given away once
                for (rate, ore) in std::mem::take(&mut to_carry) {
                    *parts.entry(rate).or_default() += ore * ORE * FINE;
                }
            }
            accepted.push((format!("Rabatt {number}"), parts));
        }
        accepted
    }

    fn off_goods(&self, voucher: Voucher, goods: &ByRate) -> ByRate {
        let (gross, net) = (goods.values().sum::<i128>(), self.net(goods));
        let spread = |amount: i128| -> ByRate {
            let of = |part: &i128| (amount * (part / FINE) / (gross / FINE).max(1)) * FINE;
            goods.iter().map(|(rate, part)| (*rate, of(part))).collect()
        };
        let row = |place: usize, percent: i128| -> ByRate {
            let goods = self.goods[place % self.goods.len()];
            [(goods.rate, self.charged(goods) * FINE / 100 * percent)].into()
        };
        match voucher {
            Voucher::FreeShipping => ByRate::new(),
            Voucher::Percent(percent) | Voucher::PercentAndFreeShipping(percent) => goods
                .iter()
                .map(|(rate, part)| (*rate, part / 100 * percent))
                .collect(),
            Voucher::Gross(ore) => spread(ore * ORE),
            Voucher::Net(ore) => spread(ore * ORE * (gross / FINE) / (net / FINE).max(1)),
            Voucher::OfRow(place, percent) => row(place, percent),
            Voucher::OfCheapest(percent) => {
                let cheapest = (0..self.goods.len()).min_by_key(|place| self.goods[*place].gross());
                row(cheapest.unwrap(), percent)
            }
            Voucher::OfSelection(chosen, percent) => {
                let mut parts = ByRate::new();
                for (place, goods) in self.goods.iter().enumerate() {
                    if chosen >> (place % 8) & 1 == 1 {
                        *parts.entry(goods.rate).or_default() += self.charged(*goods) * FINE / 100 * percent;
                    }
                }
                parts
            }
            Voucher::Gift(place) => {
                let goods = self.goods[place % self.goods.len()];
                [(goods.rate, self.charged(Goods { pieces: 1, ..goods }) * FINE)].into()
            }
        }
    }

    fn net(&self, gross: &ByRate) -> i128 {
        gross.iter().map(|(rate, part)| part * 100 / (100 + rate)).sum()
    }

    /// A slip for so many pieces of each row, rounded row by row whatever the order did, and for so many öre of shipping.
    pub(crate) fn slip(
        &self,
        key: usize,
        kind: SlipKind,
        pieces: &[i128],
        shipping: i128,
        net_shown: bool,
    ) -> Slip {
        let rows = self
            .goods
            .iter()
            .zip(pieces)
            .enumerate()
            .filter(|(_, (_, pieces))| **pieces > 0);
        let line = |(place, (goods, pieces)): (usize, (&Goods, &i128))| SlipLine {
            order_line: place.to_string(),
            quantity: (*pieces).try_into().unwrap(),
            gross: ore(self.halves.ore(goods.gross() * pieces)),
            net: ore(self.halves.ore(goods.net * pieces)),
        };
        let lines: Vec<SlipLine> = rows.map(line).collect();
        let shown = |goods: &Goods| if net_shown { goods.net } else { goods.gross() };
        let amount: i128 = self
            .goods
            .iter()
            .zip(pieces)
            .map(|(goods, pieces)| shown(goods) * pieces)
            .sum();
        Slip {
            shipping_gross: ore(shipping),
            shipping_net: ore(shipping * 4 / 5),
            amount: Decimal::from_i128_with_scale(amount, 6),
            lines,
            ..world::slip(&key.to_string(), kind, &[])
        }
    }
}

fn share((rate, part): (i128, i128)) -> DiscountShare {
    DiscountShare {
        rate: VatRate::percent(Decimal::from(rate)),
        gross: ore(part),
    }
}

fn fee(kind: FeeKind, rate: i128, gross: i128) -> Fee {
    Fee {
        kind,
        name: format!("{kind:?}"),
        gross: ore(gross),
        rate: VatRate::percent(Decimal::from(rate)),
    }
}

pub(crate) fn ore(amount: i128) -> Decimal {
    Decimal::from_i128_with_scale(amount, 2)
}

/// Whole öre in the proportions of exact amounts: each rounded down, and what then lacks goes where most was cut off.
fn largest_remainder(whole: i128, exact: &[i128]) -> Vec<i128> {
    let mut parts: Vec<i128> = exact.iter().map(|part| part / (ORE * FINE)).collect();
    let mut by_cut: Vec<usize> = (0..exact.len()).collect();
    by_cut.sort_by_key(|place| -(exact[*place] % (ORE * FINE)));
    let lacks = whole - parts.iter().sum::<i128>();
    for place in by_cut.into_iter().cycle().take(lacks.try_into().unwrap()) {
        parts[place] += 1;
    }
    parts
}
