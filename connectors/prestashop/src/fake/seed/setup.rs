//! What the shop has before its first customer: settings, carriers, countries and taxes.

use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;

use super::{
    states::{self, OrderState, STATES},
    taxes::{self, Tax},
};
use crate::fake::{
    books::Table,
    rows::{Currency, Row},
    vouchers::Voucher,
};

pub(crate) const SHOP_NAME: &str = "Gård & Glöd i Västernäs";
pub(crate) const SWEDEN: u32 = 18;
pub(crate) const GERMANY: u32 = 1;
pub(crate) const FINLAND: u32 = 7;
/// Gift wrapping without tax.
pub(crate) const WRAPPING: Decimal = Decimal::from_parts(2900, 0, 0, false, 2);

#[derive(Clone, Copy)]
pub(crate) struct Carrier {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) delay: &'static str,
    /// Without tax, in öre; 0 for the carrier that is always free.
    net_ore: i64,
}

impl Carrier {
    pub(crate) fn net(&self) -> Decimal {
        Decimal::new(self.net_ore, 2)
    }
}

pub(crate) const CARRIERS: [Carrier; 4] = [
    Carrier {
        id: 1,
        name: "Ombudet Väst",
        delay: "1-3 arbetsdagar",
        net_ore: 4433,
    },
    Carrier {
        id: 2,
        name: "Hemkörning, kväll",
        delay: "2-4 arbetsdagar",
        net_ore: 11_900,
    },
    Carrier {
        id: 3,
        name: "Hämta i butiken",
        delay: "Samma dag",
        net_ore: 0,
    },
    Carrier {
        id: 4,
        name: "Brev på lådan",
        delay: "2-5 arbetsdagar",
        net_ore: 3920,
    },
];

#[derive(Clone, Copy)]
pub(crate) struct Country {
    pub(crate) id: u32,
    pub(crate) code: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) zip_format: &'static str,
    pub(crate) en: &'static str,
    pub(crate) sv: &'static str,
}

const COUNTRIES: [Country; 3] = [
    Country {
        id: GERMANY,
        code: "DE",
        prefix: "49",
        zip_format: "NNNNN",
        en: "Germany",
        sv: "Tyskland",
    },
    Country {
        id: FINLAND,
        code: "FI",
        prefix: "358",
        zip_format: "NNNNN",
        en: "Finland",
        sv: "Finland",
    },
    Country {
        id: SWEDEN,
        code: "SE",
        prefix: "46",
        zip_format: "NNN NN",
        en: "Sweden",
        sv: "Sverige",
    },
];

/// A row of `configurations`.
pub(crate) struct Setting {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) since: DateTime<Utc>,
}

fn settings(domain: &str, since: DateTime<Utc>) -> Vec<Setting> {
    let rows = [
        (1, "PS_LANG_DEFAULT", "2".to_owned()),
        (6, "PS_CURRENCY_DEFAULT", "2".to_owned()),
        (7, "PS_COUNTRY_DEFAULT", SWEDEN.to_string()),
        (14, "PS_GIFT_WRAPPING_PRICE", WRAPPING.to_string()),
        (66, "PS_TIMEZONE", "Europe/Stockholm".to_owned()),
        (72, "PS_PRICE_ROUND_MODE", "2".to_owned()),
        (98, "PS_OS_PAYMENT", states::PAID.to_string()),
        (100, "PS_OS_SHIPPING", states::SHIPPED.to_string()),
        (101, "PS_OS_DELIVERED", states::DELIVERED.to_string()),
        (102, "PS_OS_CANCELED", states::CANCELLED.to_string()),
        (103, "PS_OS_REFUND", states::REFUNDED.to_string()),
        (104, "PS_OS_ERROR", states::PAYMENT_ERROR.to_string()),
        (106, "PS_OS_BANKWIRE", states::BANKWIRE.to_string()),
        (108, "PS_OS_WS_PAYMENT", states::REMOTE_PAID.to_string()),
        (150, "PS_TAX_ADDRESS_TYPE", "id_address_delivery".to_owned()),
        (236, "PS_SHOP_NAME", SHOP_NAME.to_owned()),
        (241, "PS_SHOP_DOMAIN", domain.to_owned()),
        (242, "PS_SHOP_DOMAIN_SSL", domain.to_owned()),
        (273, "PS_ROUND_TYPE", "2".to_owned()),
        (310, "PS_UNIDENTIFIED_GROUP", VISITORS.to_string()),
        (311, "PS_GUEST_GROUP", GUESTS.to_string()),
        (312, "PS_CUSTOMER_GROUP", CUSTOMERS.to_string()),
        (432, "PS_ATCP_SHIPWRAP", "0".to_owned()),
    ];
    rows.into_iter()
        .map(|(id, name, value)| Setting {
            id,
            name,
            value,
            since,
        })
        .collect()
}

/// A row of `languages`.
#[derive(Clone, Copy)]
pub(crate) struct Language {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) iso: &'static str,
    pub(crate) locale: &'static str,
    pub(crate) date_format: &'static str,
}

const LANGUAGES: [Language; 2] = [
    Language {
        id: 1,
        name: "English (English)",
        iso: "en",
        locale: "en-US",
        date_format: "m/d/Y",
    },
    Language {
        id: 2,
        name: "Svenska (Swedish)",
        iso: "sv",
        locale: "sv-SE",
        date_format: "Y-m-d",
    },
];

/// A currency as the shop has it now.
pub(crate) struct ShopCurrency {
    pub(crate) currency: Currency,
    /// Whether buyers can choose it.
    pub(crate) active: bool,
    /// Taken away, though the row is kept.
    pub(crate) deleted: bool,
}

impl ShopCurrency {
    fn new(currency: Currency) -> Self {
        Self {
            currency,
            active: true,
            deleted: false,
        }
    }
}

/// A row of `shops`.
pub(crate) struct ShopRow {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
}

const VISITORS: u32 = 1;
const GUESTS: u32 = 2;
const CUSTOMERS: u32 = 3;

/// A row of `groups`: buyers who see the same prices.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    pub(crate) id: u32,
    pub(crate) names: (&'static str, &'static str),
    pub(crate) without_tax: bool,
}

const GROUPS: [Group; 3] = [
    group(VISITORS, ("Visitor", "Besökare")),
    group(GUESTS, ("Guest", "Gäst")),
    group(CUSTOMERS, ("Customer", "Kund")),
];

const fn group(id: u32, names: (&'static str, &'static str)) -> Group {
    Group {
        id,
        names,
        without_tax: false,
    }
}

pub(crate) struct Setup {
    pub(crate) settings: Table<Setting>,
    pub(crate) carriers: Table<Carrier>,
    pub(crate) countries: Table<Country>,
    pub(crate) currencies: Table<ShopCurrency>,
    pub(crate) languages: Table<Language>,
    pub(crate) shops: Table<ShopRow>,
    pub(crate) groups: Table<Group>,
    pub(crate) states: Table<OrderState>,
    pub(crate) taxes: Table<Tax>,
    pub(crate) vouchers: Table<Voucher>,
}

impl Setup {
    /// A shop at `domain` (host and port) as it stands at `now`.
    pub(crate) fn new(domain: &str, now: DateTime<Utc>) -> Self {
        // the shop was installed a good year ago
        let since = now - Duration::days(400);
        let first = ShopRow {
            id: 1,
            name: SHOP_NAME,
        };
        Self {
            settings: settings(domain, since).into_iter().collect(),
            carriers: CARRIERS.into_iter().collect(),
            countries: COUNTRIES.into_iter().collect(),
            currencies: [Currency::Eur, Currency::Sek]
                .map(ShopCurrency::new)
                .into_iter()
                .collect(),
            languages: LANGUAGES.into_iter().collect(),
            shops: [first].into_iter().collect(),
            groups: GROUPS.into_iter().collect(),
            states: STATES.into_iter().collect(),
            taxes: taxes::all(now).into_iter().collect(),
            vouchers: Voucher::ALL.into_iter().collect(),
        }
    }

    /// Another shop in the same installation.
    pub(crate) fn open_shop(&mut self) -> u32 {
        self.shops.add(|id| ShopRow {
            id,
            name: "Gård & Glöd utomlands",
        })
    }
}

macro_rules! rows {
    ($($row:ident by |$it:ident| $id:expr;)+) => {
        $(impl Row for $row {
            fn id(&self) -> u32 {
                let $it = self;
                $id
            }
        })+
    };
}

rows! {
    Setting by |row| row.id;
    Carrier by |row| row.id;
    Country by |row| row.id;
    ShopCurrency by |row| row.currency.id();
    Language by |row| row.id;
    ShopRow by |row| row.id;
    Group by |row| row.id;
    OrderState by |row| row.id;
    Tax by |row| row.id;
    Voucher by |row| row.cart_rule_id();
}
