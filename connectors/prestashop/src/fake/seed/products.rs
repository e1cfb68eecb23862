//! The assortment: kitchen and garden, food, books and repairs, so that one order may bear three rates.

use rust_decimal::Decimal;

/// What a product is to the tax office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VatClass {
    Standard = 1,
    /// Mending of textiles and leather: 12 % in Sweden.
    Repair = 2,
    Food = 3,
    Book = 4,
}

pub(crate) struct Product {
    pub(crate) id: u32,
    pub(crate) attribute: u32,
    pub(crate) name: &'static str,
    pub(crate) class: VatClass,
    micro_price: i64,
    grams: i64,
}

impl Product {
    /// Without tax, in kronor, with up to six decimals.
    pub(crate) fn price(&self) -> Decimal {
        Decimal::new(self.micro_price, 6)
    }

    /// Kilograms.
    pub(crate) fn weight(&self) -> Decimal {
        Decimal::new(self.grams, 3)
    }

    pub(crate) fn reference(&self) -> String {
        format!("GG-{:04}", 1000 + self.id)
    }

    pub(crate) fn ean13(&self) -> String {
        ean13(self.id)
    }
}

/// An EAN-13 of the range kept for use within a shop, with its check digit.
pub(crate) fn ean13(id: u32) -> String {
    let body = format!("2000000{id:05}");
    let weighted: u32 = body
        .bytes()
        .zip([1, 3].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{body}{}", (10 - weighted % 10) % 10)
}

const fn product(id: u32, name: &'static str, class: VatClass, micro_price: i64, grams: i64) -> Product {
    let attribute = if id % 9 == 4 { id * 3 } else { 0 };
    Product {
        id,
        attribute,
        name,
        class,
        micro_price,
        grams,
    }
}

use VatClass::{Book, Food, Repair, Standard};

pub(crate) static PRODUCTS: [Product; 32] = [
    product(
        1,
        "Gjutjärnsgryta 4 l med lock, svärtad",
        Standard,
        719_200_000,
        5200,
    ),
    product(2, "Stekpanna i kolstål 28 cm", Standard, 319_200_000, 1900),
    product(3, "Brödkniv \"Såg\" med björkskaft", Standard, 231_920_000, 220),
    product(
        4,
        "Förkläde i linne - Färg : Blå, Storlek : M",
        Standard,
        279_200_000,
        310,
    ),
    product(5, "Termos 1 l, rostfri", Standard, 183_330_000, 640),
    product(6, "Hyvelbänk, liten", Standard, 1_999_990_000, 23_000),
    product(7, "Skruvdragare & bitssats", Standard, 1_119_200_000, 2100),
    product(8, "Spade med eskaft", Standard, 287_200_000, 1800),
    product(9, "Vattenkanna i zink 9 l", Standard, 343_650_000, 1450),
    product(10, "Arbetshandskar, getskinn", Standard, 119_960_000, 120),
    product(11, "Träolja för skärbrädor 0,25 l", Standard, 63_330_000, 260),
    product(12, "Spik 75 mm, 250 st", Standard, 39_910_000, 900),
    product(13, "Krok i smide - Antal : 3", Standard, 55_550_000, 180),
    product(14, "Ljusstake, återvunnet glas", Standard, 143_210_000, 750),
    product(15, "Tändstickor, långa", Standard, 12_490_000, 60),
    product(16, "Gummipackning, 1 st", Standard, 3_330_000, 10),
    product(17, "Knäckebröd med råg, 500 g", Food, 35_848_214, 520),
    product(18, "Lingonsylt utan tillsatt socker", Food, 44_642_857, 480),
    product(19, "Åkerbönspasta", Food, 26_785_714, 410),
    product(20, "Honung från Öland, 700 g", Food, 84_905_660, 1000),
    product(21, "Kaffe, mörkrost 450 g", Food, 62_500_000, 460),
    product(22, "Ärtsoppa på glas - Storlek : 6-pack", Food, 187_735_849, 3900),
    product(23, "Rapsolja, kallpressad", Food, 58_962_264, 820),
    product(24, "Lakritskola å la Åbo", Food, 18_750_000, 150),
    product(25, "Bok: Sju sorters bröd på surdeg", Book, 187_740_000, 690),
    product(26, "Bok: Odla på balkongen i zon fem", Book, 234_900_000, 810),
    product(
        27,
        "Bok: Lär dig snickra! För vuxna nybörjare",
        Book,
        281_130_000,
        930,
    ),
    product(28, "Korsordstidning, sommarnummer", Book, 46_230_000, 180),
    product(29, "Lagning av förkläde, per reva", Repair, 133_928_571, 0),
    product(30, "Omsömnad av läderhandske", Repair, 222_321_429, 0),
    product(31, "Nytt fodral i läder - Lagning : Söm", Repair, 102_678_571, 0),
    product(32, "Stoppning av ullsocka, per häl", Repair, 53_571_429, 0),
];
