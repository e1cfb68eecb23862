//! Where the fields of ours stand in PrestaShop, as the data register has it. `tests/it/register.rs` holds it against what goes
//! over the line.

use skarv_canonical::{descriptor::Places, spec::StreamKind, write::Entity};

pub(crate) const READS: &[(StreamKind, Places)] =
    &[(StreamKind::Orders, ORDERS), (StreamKind::Products, PRODUCTS)];

pub(crate) const WRITES: &[(Entity, Places)] = &[
    (Entity::Article, ARTICLE),
    (Entity::Price, PRICE),
    (Entity::Stock, STOCK),
    (Entity::Status, STATUS),
];

const ORDERS: Places = &[
    ("order.billing.city", &["addresses.city"]),
    ("order.billing.company", &["addresses.company"]),
    ("order.billing.country", &["countries.iso_code"]),
    ("order.billing.line1", &["addresses.address1"]),
    ("order.billing.line2", &["addresses.address2"]),
    (
        "order.billing.name",
        &["addresses.firstname", "addresses.lastname"],
    ),
    (
        "order.billing.phone",
        &["addresses.phone", "addresses.phone_mobile"],
    ),
    ("order.billing.postcode", &["addresses.postcode"]),
    ("order.billing.vat_number", &["addresses.vat_number"]),
    ("order.conversion_rate", &["orders.conversion_rate"]),
    ("order.currency", &["currencies.iso_code"]),
    (
        "order.customer.company",
        &["addresses.company", "customers.company"],
    ),
    ("order.customer.email", &["customers.email"]),
    ("order.customer.family_name", &["customers.lastname"]),
    ("order.customer.given_name", &["customers.firstname"]),
    ("order.customer.guest", &["customers.is_guest"]),
    ("order.customer.key", &["orders.id_customer"]),
    ("order.customer.kind", &["addresses.company", "customers.company"]),
    ("order.customer.language", &["languages.iso_code"]),
    ("order.customer.org_number", &["addresses.dni", "customers.siret"]),
    (
        "order.customer.phone",
        &["addresses.phone", "addresses.phone_mobile"],
    ),
    ("order.customer.vat_number", &["addresses.vat_number"]),
    ("order.delivery.city", &["addresses.city"]),
    ("order.delivery.company", &["addresses.company"]),
    ("order.delivery.country", &["countries.iso_code"]),
    ("order.delivery.line1", &["addresses.address1"]),
    ("order.delivery.line2", &["addresses.address2"]),
    (
        "order.delivery.name",
        &["addresses.firstname", "addresses.lastname"],
    ),
    (
        "order.delivery.phone",
        &["addresses.phone", "addresses.phone_mobile"],
    ),
    ("order.delivery.postcode", &["addresses.postcode"]),
    ("order.delivery.vat_number", &["addresses.vat_number"]),
    (
        "order.discounts.name",
        &["order_cart_rules.deleted", "order_cart_rules.name"],
    ),
    ("order.discounts.shares.gross", &["order_cart_rules.value"]),
    ("order.discounts.shares.rate", &["taxes.rate"]),
    (
        "order.fees.gross",
        &["orders.total_shipping_tax_incl", "orders.total_wrapping_tax_incl"],
    ),
    ("order.fees.name", &["carriers.name"]),
    ("order.fees.rate", &["orders.carrier_tax_rate"]),
    ("order.key", &["orders.id"]),
    ("order.lines.gross", &["order_details.total_price_tax_incl"]),
    ("order.lines.key", &["order_details.id"]),
    ("order.lines.name", &["order_details.product_name"]),
    ("order.lines.net", &["order_details.total_price_tax_excl"]),
    ("order.lines.quantity", &["order_details.product_quantity"]),
    ("order.lines.rate", &["taxes.rate"]),
    ("order.lines.sku", &["order_details.product_reference"]),
    ("order.number", &["orders.reference"]),
    ("order.payment.method", &["orders.payment"]),
    ("order.payment.module", &["orders.module"]),
    (
        "order.payment.paid",
        &["order_payments.amount", "orders.total_paid_real"],
    ),
    (
        "order.payment.paid_on",
        &[
            "order_payments.amount",
            "order_payments.date_add",
            "order_payments.order_reference",
            "orders.reference",
        ],
    ),
    ("order.payment.transactions", &["order_payments.transaction_id"]),
    ("order.placed_at", &["orders.date_add"]),
    ("order.placed_on", &["orders.date_add"]),
    ("order.state", &["orders.current_state"]),
    ("order.states_passed.id", &["order_histories.id_order_state"]),
    ("order.states_passed.names", &["order_states.name"]),
    ("order.totals.goods_gross", &["orders.total_products_wt"]),
    ("order.totals.gross", &["orders.total_paid_tax_incl"]),
    ("order.totals.net", &["orders.total_paid_tax_excl"]),
    ("order.updated_at", &["orders.date_upd"]),
    ("refund.key", &["order_slip.id"]),
    ("refund.slip.amount", &["order_slip.amount"]),
    ("refund.slip.created_at", &["order_slip.date_add"]),
    ("refund.slip.date", &["order_slip.date_add"]),
    ("refund.slip.key", &["order_slip.id"]),
    ("refund.slip.kind", &["order_slip.order_slip_type"]),
    (
        "refund.slip.lines.gross",
        &["order_slip.associations.order_slip_details.order_slip_detail.amount_tax_incl"],
    ),
    (
        "refund.slip.lines.net",
        &["order_slip.associations.order_slip_details.order_slip_detail.amount_tax_excl"],
    ),
    (
        "refund.slip.lines.order_line",
        &["order_slip.associations.order_slip_details.order_slip_detail.id_order_detail"],
    ),
    (
        "refund.slip.lines.quantity",
        &["order_slip.associations.order_slip_details.order_slip_detail.product_quantity"],
    ),
    (
        "refund.slip.shipping_gross",
        &["order_slip.total_shipping_tax_incl"],
    ),
    (
        "refund.slip.shipping_net",
        &["order_slip.total_shipping_tax_excl"],
    ),
];
const PRODUCTS: Places = &[
    ("article.active", &["products.active", "products.state"]),
    (
        "article.description",
        &["products.description", "products.description_short"],
    ),
    ("article.ean", &["combinations.ean13", "products.ean13"]),
    ("article.key", &["combinations.id", "products.id"]),
    ("article.name", &["products.name"]),
    ("article.price", &["combinations.price", "products.price"]),
    (
        "article.rate",
        &["countries.iso_code", "tax_rules.zipcode_from", "taxes.rate"],
    ),
    ("article.sku", &["combinations.reference", "products.reference"]),
    ("article.updated_at", &["products.date_upd"]),
    (
        "article.variant",
        &[
            "product_option_values.name",
            "product_options.position",
            "product_options.public_name",
        ],
    ),
    ("article.weight", &["combinations.weight", "products.weight"]),
];
const ARTICLE: Places = &[
    ("article.active", &["products.active"]),
    ("article.description", &["products.description"]),
    ("article.ean", &["products.ean13"]),
    ("article.first_price", &["products.price"]),
    ("article.name", &["products.name"]),
    ("article.price", &["products.price"]),
    ("article.rate", &["products.id_tax_rules_group"]),
    ("article.sku", &["products.reference"]),
    ("article.weight", &["products.weight"]),
];
const PRICE: Places = &[
    ("price.campaign.is.from", &["specific_prices.from"]),
    ("price.campaign.is.price", &["specific_prices.price"]),
    ("price.campaign.is.to", &["specific_prices.to"]),
    ("price.regular", &["products.price"]),
    ("price.with_tax", &["products.price", "specific_prices.price"]),
];
const STOCK: Places = &[
    ("stock.quantity", &["stock_availables.quantity"]),
    ("stock.sold_when_empty", &["stock_availables.out_of_stock"]),
];
const STATUS: Places = &[
    ("status.order", &["order_histories.id_order"]),
    ("status.state", &["order_histories.id_order_state"]),
    ("status.tracking", &["order_carriers.tracking_number"]),
];
