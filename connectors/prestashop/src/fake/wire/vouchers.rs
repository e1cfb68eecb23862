//! `cart_rules` (what vouchers there are) and `order_cart_rules` (what each took off an order).

use rust_decimal::Decimal;

use super::{
    column::{Column, fixed, flag, languages, money, number, text},
    resource::{Resource, Served},
};
use crate::fake::{rows::OrderCartRule, vouchers::Voucher};

pub(super) fn resources() -> Vec<Box<dyn Served>> {
    vec![Box::new(cart_rules()), Box::new(order_cart_rules())]
}

fn order_cart_rules() -> Resource<OrderCartRule> {
    Resource {
        name: "order_cart_rules",
        list: "order_cart_rules",
        node: "order_cart_rule",
        description: "The Order cart rules",
        table: |books| &books.order_cart_rules,
        columns: vec![
            number("id", |rule: &OrderCartRule| rule.id),
            number("id_order", |rule: &OrderCartRule| rule.order).to("orders"),
            number("id_cart_rule", |rule: &OrderCartRule| rule.voucher.cart_rule_id()),
            fixed("id_order_invoice", "0"),
            text("name", |rule: &OrderCartRule| rule.voucher.name()),
            money("value", |rule: &OrderCartRule| rule.value.gross),
            money("value_tax_excl", |rule: &OrderCartRule| rule.value.net),
            flag("free_shipping", |rule: &OrderCartRule| {
                rule.voucher.frees_shipping()
            }),
            fixed("deleted", "0"),
        ],
        association: None,
    }
}

fn cart_rules() -> Resource<Voucher> {
    let mut columns = conditions();
    columns.extend(reductions());
    Resource {
        name: "cart_rules",
        list: "cart_rules",
        node: "cart_rule",
        description: "Cart rules management",
        table: |books| &books.setup.vouchers,
        columns,
        association: None,
    }
}

fn conditions() -> Vec<Column<Voucher>> {
    vec![
        number("id", |voucher: &Voucher| voucher.cart_rule_id()),
        fixed("id_customer", "0"),
        fixed("date_from", "2025-01-01 00:00:00"),
        fixed("date_to", "2030-12-31 00:00:00"),
        text("description", |voucher: &Voucher| voucher.name()),
        fixed("quantity", "100000"),
        fixed("quantity_per_user", "1"),
        fixed("priority", "1"),
        fixed("partial_use", "0"),
        text("code", |voucher: &Voucher| {
            format!("GLÖD{}", voucher.cart_rule_id())
        }),
        fixed("minimum_amount", "0.000000"),
        fixed("minimum_amount_tax", "0"),
        fixed("minimum_amount_currency", "0"),
        fixed("minimum_amount_shipping", "0"),
        fixed("country_restriction", "0"),
        fixed("carrier_restriction", "0"),
        fixed("group_restriction", "0"),
        fixed("cart_rule_restriction", "0"),
        fixed("product_restriction", "0"),
        fixed("shop_restriction", "0"),
    ]
}

fn reductions() -> Vec<Column<Voucher>> {
    vec![
        flag("free_shipping", |voucher: &Voucher| voucher.frees_shipping()),
        text("reduction_percent", |voucher: &Voucher| {
            format!("{}.00", percent(*voucher))
        }),
        money("reduction_amount", |voucher: &Voucher| {
            Decimal::from(amount(*voucher))
        }),
        flag("reduction_tax", |voucher: &Voucher| {
            matches!(voucher, Voucher::AmountWithTax(_))
        }),
        fixed("reduction_currency", "2"),
        fixed("reduction_product", "0"),
        fixed("reduction_exclude_special", "0"),
        fixed("gift_product", "0"),
        fixed("gift_product_attribute", "0"),
        fixed("highlight", "0"),
        fixed("active", "1"),
        fixed("date_add", "2025-01-01 08:00:00"),
        fixed("date_upd", "2025-01-01 08:00:00"),
        languages("name", |voucher: &Voucher| (voucher.name(), voucher.name())),
    ]
}

fn percent(voucher: Voucher) -> u32 {
    match voucher {
        Voucher::Percent(percent) | Voucher::PercentAndFreeShipping(percent) => percent,
        Voucher::AmountWithTax(_) | Voucher::AmountWithoutTax(_) | Voucher::FreeShipping => 0,
    }
}

fn amount(voucher: Voucher) -> u32 {
    match voucher {
        Voucher::AmountWithTax(amount) | Voucher::AmountWithoutTax(amount) => amount,
        Voucher::Percent(_) | Voucher::FreeShipping | Voucher::PercentAndFreeShipping(_) => 0,
    }
}
