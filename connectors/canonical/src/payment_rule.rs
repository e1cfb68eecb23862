//! Whether an order is sent by how it is paid: a card payment when the money is there, an invoice at once, a till never.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{money::to_ore, order::Order};

/// When orders of one payment method are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentRule {
    /// Paid or not.
    #[default]
    Always,
    /// When all of it is paid.
    WhenPaid,
    /// Not at all.
    Never,
}

/// The rule of each payment module of a shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRules {
    /// By the module's technical name, such as `ps_wirepayment`.
    pub modules: BTreeMap<String, PaymentRule>,
    /// For every other module.
    pub otherwise: PaymentRule,
}

/// Why an order is not sent because of its payment. Not a fault: nobody needs to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Not all of it is paid yet.
    NotPaid,
    /// Orders of this payment method are not sent.
    MethodNotSent,
}

impl Withheld {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotPaid => "not_paid",
            Self::MethodNotSent => "payment_method_not_sent",
        }
    }
}

impl PaymentRules {
    /// Whether the order's payment lets it be sent, and if not, why.
    pub fn decide(&self, order: &Order) -> Result<(), Withheld> {
        match self.modules.get(&order.payment.module).unwrap_or(&self.otherwise) {
            PaymentRule::Always => Ok(()),
            PaymentRule::Never => Err(Withheld::MethodNotSent),
            PaymentRule::WhenPaid if to_ore(order.payment.paid) >= to_ore(order.totals.gross) => Ok(()),
            PaymentRule::WhenPaid => Err(Withheld::NotPaid),
        }
    }
}
