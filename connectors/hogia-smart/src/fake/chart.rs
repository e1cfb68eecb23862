//! The company's chart of accounts and its VAT settings. VAT follows the account: an account without a
//! VAT setting cannot be sold on. Plain data; the endpoints that show it are in `settings`.

use rust_decimal::Decimal;

/// A rate of VAT and where it is booked.
pub(super) struct VatSetting {
    pub(super) number: u32,
    pub(super) name: &'static str,
    tenths: u32,
    pub(super) vat_account: Option<u32>,
    /// The box of the VAT return; OSS is returned elsewhere.
    pub(super) vat_code: Option<&'static str>,
}

impl VatSetting {
    /// In percent.
    pub(super) fn rate(&self) -> Decimal {
        Decimal::new(self.tenths.into(), 1).normalize()
    }
}

pub(super) struct Account {
    pub(super) number: u32,
    pub(super) name: &'static str,
    pub(super) vat_setting: Option<u32>,
    pub(super) active: bool,
}

impl Account {
    pub(super) fn vat(&self) -> Option<&'static VatSetting> {
        self.vat_setting
            .and_then(|number| VAT_SETTINGS.iter().find(|vat| vat.number == number))
    }
}

pub(super) fn account(number: u32) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| account.number == number)
}

pub(super) const CURRENCIES: [(&str, &str); 5] = [
    ("SEK", "Svensk krona"),
    ("EUR", "Euro"),
    ("NOK", "Norsk krona"),
    ("DKK", "Dansk krona"),
    ("USD", "Amerikansk dollar"),
];

pub(super) fn currency_known(code: &str) -> bool {
    CURRENCIES.iter().any(|(known, _)| *known == code)
}

/// The boxes of the Swedish VAT return that sales can end up in.
pub(super) const VAT_CODES: [(&str, &str); 4] = [
    ("05", "Momspliktig försäljning"),
    ("35", "Försäljning av varor till annat EU-land"),
    ("36", "Försäljning av varor utanför EU"),
    ("42", "Övrig försäljning"),
];

pub(super) const VAT_SETTINGS: [VatSetting; 12] = [
    vat(1, "Moms 25 %", 250, Some(2611), Some("05")),
    vat(2, "Moms 12 %", 120, Some(2621), Some("05")),
    vat(3, "Moms 6 %", 60, Some(2631), Some("05")),
    vat(4, "Momsfri försäljning", 0, None, Some("42")),
    vat(5, "Export av varor", 0, None, Some("36")),
    vat(6, "EU-varor, omvänd skattskyldighet", 0, None, Some("35")),
    vat(7, "EU-försäljning utan svensk moms", 0, None, Some("42")),
    vat(8, "Utanför moms", 0, None, None),
    vat(11, "OSS Tyskland 19 %", 190, Some(2670), None),
    vat(12, "OSS Tyskland 7 %", 70, Some(2670), None),
    vat(13, "OSS Finland 25,5 %", 255, Some(2670), None),
    vat(14, "OSS Danmark 25 %", 250, Some(2670), None),
];

pub(super) const ACCOUNTS: [Account; 31] = [
    balance(1510, "Kundfordringar"),
    balance(1580, "Fordringar för kontokort och kuponger"),
    balance(1930, "Företagskonto"),
    sales(2421, "Ej inlösta presentkort", 8),
    balance(2611, "Utgående moms 25 %"),
    balance(2621, "Utgående moms 12 %"),
    balance(2631, "Utgående moms 6 %"),
    balance(2670, "Utgående moms OSS"),
    sales(3001, "Försäljning inom Sverige 25 %", 1),
    sales(3002, "Försäljning inom Sverige 12 %", 2),
    sales(3003, "Försäljning inom Sverige 6 %", 3),
    sales(3004, "Försäljning inom Sverige momsfri", 4),
    Account {
        number: 3011,
        name: "Försäljning, vilande konto",
        vat_setting: Some(1),
        active: false,
    },
    sales(3105, "Försäljning varor utanför EU", 5),
    sales(3106, "Försäljning varor annat EU-land", 7),
    sales(3108, "Försäljning varor annat EU-land, omvänd skattskyldighet", 6),
    sales(3161, "Försäljning OSS Tyskland 19 %", 11),
    sales(3162, "Försäljning OSS Tyskland 7 %", 12),
    sales(3163, "Försäljning OSS Finland 25,5 %", 13),
    sales(3164, "Försäljning OSS Danmark 25 %", 14),
    sales(3165, "Frakt OSS Tyskland 19 %", 11),
    sales(3520, "Fakturerade frakter", 1),
    sales(3521, "Fakturerade frakter EU-land", 7),
    sales(3522, "Fakturerade frakter export", 5),
    sales(3540, "Faktureringsavgifter och inslagning", 1),
    sales(3541, "Faktureringsavgifter EU-land", 7),
    sales(3542, "Faktureringsavgifter export", 5),
    sales(3740, "Öres- och kronutjämning", 8),
    balance(3960, "Valutakursvinster"),
    balance(6570, "Bankkostnader"),
    balance(7960, "Valutakursförluster"),
];

const fn vat(
    number: u32,
    name: &'static str,
    tenths: u32,
    vat_account: Option<u32>,
    vat_code: Option<&'static str>,
) -> VatSetting {
    VatSetting {
        number,
        name,
        tenths,
        vat_account,
        vat_code,
    }
}

const fn sales(number: u32, name: &'static str, vat_setting: u32) -> Account {
    Account {
        number,
        name,
        vat_setting: Some(vat_setting),
        active: true,
    }
}

/// An account that nothing is sold on.
const fn balance(number: u32, name: &'static str) -> Account {
    Account {
        number,
        name,
        vat_setting: None,
        active: true,
    }
}
