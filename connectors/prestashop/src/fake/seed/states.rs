//! The order states of a fresh installation, and what each of them stands for.

/// One state and its flags.
#[derive(Clone, Copy)]
pub(crate) struct OrderState {
    pub(crate) id: u32,
    pub(crate) en: &'static str,
    pub(crate) sv: &'static str,
    pub(crate) template: &'static str,
    pub(crate) color: &'static str,
    pub(crate) module: &'static str,
    pub(crate) invoice: bool,
    pub(crate) delivery: bool,
    pub(crate) shipped: bool,
    pub(crate) paid: bool,
    pub(crate) logable: bool,
    /// Whether its mail is turned off.
    pub(crate) mute: bool,
    pub(crate) deleted: bool,
}

impl OrderState {
    pub(crate) fn mails(&self) -> bool {
        !self.template.is_empty() && !self.mute
    }
}

pub(crate) const PAID: u32 = 2;
pub(crate) const PREPARING: u32 = 3;
pub(crate) const SHIPPED: u32 = 4;
pub(crate) const DELIVERED: u32 = 5;
pub(crate) const CANCELLED: u32 = 6;
pub(crate) const REFUNDED: u32 = 7;
pub(crate) const PAYMENT_ERROR: u32 = 8;
pub(crate) const BANKWIRE: u32 = 10;
pub(crate) const REMOTE_PAID: u32 = 11;

pub(crate) const STATES: [OrderState; 13] = [
    state(
        1,
        "Awaiting check payment",
        "Väntar på checkbetalning",
        "cheque",
        "",
    ),
    state(2, "Payment accepted", "Betalning mottagen", "payment", "ipl"),
    state(3, "Processing in progress", "Behandlas", "preparation", "ipld"),
    state(4, "Shipped", "Skickad", "shipped", "iplds"),
    state(5, "Delivered", "Levererad", "", "iplds"),
    state(6, "Canceled", "Avbruten", "order_canceled", ""),
    state(7, "Refunded", "Återbetald", "refund", "i"),
    state(8, "Payment error", "Betalningsfel", "payment_error", ""),
    state(
        9,
        "On backorder (paid)",
        "Restnoterad (betald)",
        "outofstock",
        "ip",
    ),
    state(
        10,
        "Awaiting bank wire payment",
        "Väntar på banköverföring",
        "bankwire",
        "",
    ),
    state(
        11,
        "Remote payment accepted",
        "Fjärrbetalning mottagen",
        "payment",
        "ipl",
    ),
    state(
        12,
        "On backorder (not paid)",
        "Restnoterad (ej betald)",
        "outofstock",
        "",
    ),
    state(
        13,
        "Awaiting Cash On Delivery validation",
        "Väntar på postförskott",
        "cashondelivery",
        "",
    ),
];

pub(crate) fn order_state(id: u32) -> Option<&'static OrderState> {
    STATES.iter().find(|state| state.id == id)
}

/// `flags`: i = makes an invoice, p = paid, l = counts as a sale, d = delivery note, s = shipped.
const fn state(
    id: u32,
    en: &'static str,
    sv: &'static str,
    template: &'static str,
    flags: &'static str,
) -> OrderState {
    OrderState {
        id,
        en,
        sv,
        template,
        color: if has(flags, b'p') { "#3498D8" } else { "#34209E" },
        module: match id {
            1 => "ps_checkpayment",
            10 => "ps_wirepayment",
            13 => "ps_cashondelivery",
            _ => "",
        },
        invoice: has(flags, b'i'),
        delivery: has(flags, b'd'),
        shipped: has(flags, b's'),
        paid: has(flags, b'p'),
        logable: has(flags, b'l'),
        mute: false,
        deleted: false,
    }
}

const fn has(flags: &str, flag: u8) -> bool {
    let flags = flags.as_bytes();
    let mut at = 0;
    while at < flags.len() {
        if flags[at] == flag {
            return true;
        }
        at += 1;
    }
    false
}
