//! Vouchers that are gift cards.

use skarv_canonical::gift_card::GiftCardVoucher;

use crate::{
    convert::Malformed,
    v1::{self as pb, gift_card_voucher::Which},
};

pub(super) fn encode_gift_card(voucher: &GiftCardVoucher) -> pb::GiftCardVoucher {
    let which = match voucher {
        GiftCardVoucher::Named(name) => Which::Named(name.clone()),
        GiftCardVoucher::StartsWith(beginning) => Which::StartsWith(beginning.clone()),
    };
    pb::GiftCardVoucher { which: Some(which) }
}

pub(super) fn decode_gift_card(voucher: pb::GiftCardVoucher, at: &str) -> Result<GiftCardVoucher, Malformed> {
    match voucher.which {
        Some(Which::Named(name)) if !name.trim().is_empty() => Ok(GiftCardVoucher::Named(name)),
        Some(Which::StartsWith(beginning)) if !beginning.trim().is_empty() => {
            Ok(GiftCardVoucher::StartsWith(beginning))
        }
        // an empty beginning would make every voucher a gift card
        Some(Which::Named(_) | Which::StartsWith(_)) | None => Err(Malformed::new(
            at,
            "needs a name or the beginning of one; every voucher cannot be a gift card",
        )),
    }
}
