//! What is known of payment modules: whether an order that enters a state takes its buyer's money.
//!
//! Said of the module's own doing, by its published code or manual, and not of how a shop has set it up. A module that is not
//! here is not known: a person must find out before a state is set for its orders.

use skarv_canonical::descriptor::{Capture, PaymentModule};

/// Module, what people call it, when it captures, and what a person must know: Swedish, English.
type Known = (&'static str, &'static str, Capture, &'static str, &'static str);

const SEES_NO_STATE: (&str, &str) = (
    "Modulen bryr sig inte om orderns status. Debitera i butikens orderbild, eller välj debitering vid köpet i modulen.",
    "The module does not look at the order's status. Capture on the order's page in the shop, or choose capture at purchase in \
     the module.",
);

const ASK: (&str, &str) = (
    "Det är inte känt om modulen debiterar när ordern får en viss status. Fråga leverantören, eller prova med en order.",
    "It is not known whether the module captures when the order enters a status. Ask its vendor, or try with one order.",
);

const NO_CARD: (&str, &str) = (
    "Betalningen sker utanför butiken. Ingen status debiterar.",
    "Payment is made outside the shop. No status captures.",
);

const KNOWN: [Known; 13] = [
    (
        "klarnaofficial",
        "Klarna (Prestaworks)",
        Capture::OnState,
        "Kryssa i modulen för den status som ska debitera. Hela ordern debiteras när den får statusen, aldrig en del. Går \
         debiteringen fel syns det bara i modulen och hos Klarna. Modulens status för avbruten order betalar tillbaka allt.",
        "Tick in the module the status that is to capture. All of the order is captured when it enters the status, never a part. \
         A capture that fails shows only in the module and at Klarna. The module's status for cancelled orders pays everything \
         back.",
    ),
    (
        "easycheckout",
        "Nexi Checkout (Nets Easy)",
        Capture::NotOnState,
        SEES_NO_STATE.0,
        SEES_NO_STATE.1,
    ),
    (
        "netseasy",
        "Nexi Checkout (Nets Easy)",
        Capture::NotOnState,
        SEES_NO_STATE.0,
        SEES_NO_STATE.1,
    ),
    (
        "dibseasy",
        "DIBS Easy (Invertus)",
        Capture::NotOnState,
        "Modulen debiterar från butikens orderbild. En återbetalning i butiken betalas tillbaka hos DIBS.",
        "The module captures from the order's page in the shop. A refund made in the shop is paid back at DIBS.",
    ),
    ("sveacheckout", "Svea Checkout", Capture::Unknown, ASK.0, ASK.1),
    ("sveawebpay", "Svea WebPay", Capture::Unknown, ASK.0, ASK.1),
    ("svea", "Svea", Capture::Unknown, ASK.0, ASK.1),
    (
        "paypal",
        "PayPal (202 ecommerce)",
        Capture::Unknown,
        "Modulen ändrar själv orderns status när PayPal säger till. Det är inte känt om en status debiterar.",
        "The module changes the order's status itself when PayPal says so. It is not known whether a status captures.",
    ),
    (
        "ps_checkout",
        "PrestaShop Checkout",
        Capture::Unknown,
        ASK.0,
        ASK.1,
    ),
    (
        "ps_wirepayment",
        "Banköverföring",
        Capture::NotOnState,
        NO_CARD.0,
        NO_CARD.1,
    ),
    (
        "bankwire",
        "Banköverföring",
        Capture::NotOnState,
        NO_CARD.0,
        NO_CARD.1,
    ),
    (
        "ps_checkpayment",
        "Check",
        Capture::NotOnState,
        NO_CARD.0,
        NO_CARD.1,
    ),
    (
        "ps_cashondelivery",
        "Postförskott",
        Capture::NotOnState,
        NO_CARD.0,
        NO_CARD.1,
    ),
];

/// All of them, for the descriptor.
pub(crate) fn all() -> Vec<PaymentModule> {
    KNOWN.iter().map(shown).collect()
}

/// What is known of one.
pub(crate) fn named(module: &str) -> Option<PaymentModule> {
    KNOWN.iter().find(|known| known.0 == module).map(shown)
}

fn shown((module, title, capture, note_sv, note_en): &Known) -> PaymentModule {
    PaymentModule {
        module: (*module).to_owned(),
        title: (*title).to_owned(),
        capture: *capture,
        note_sv: (*note_sv).to_owned(),
        note_en: (*note_en).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_module_is_known_once_and_something_is_said_of_it() {
        let mut names: Vec<&str> = KNOWN.iter().map(|known| known.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len());
        assert!(
            all()
                .iter()
                .all(|it| !it.note_sv.is_empty() && !it.note_en.is_empty())
        );
    }

    #[test]
    fn of_a_module_that_nobody_knows_nothing_is_said() {
        let klarna = named("klarnaofficial").unwrap();
        assert_eq!(klarna.capture, Capture::OnState);
        assert_eq!(named("klarnaofficial2"), None);
    }
}
