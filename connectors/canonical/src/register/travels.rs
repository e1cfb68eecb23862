//! Which field of a record feeds which fields of the documents it becomes, under any settings: by itself, or by deciding it.
//!
//! Held against the mapping by `tests`: a field that begins to travel fails there until it stands here.

use crate::spec::StreamKind;

type Travels = &'static [(&'static str, &'static [&'static str])];

/// The fields of documents that a field of a record feeds.
pub(super) fn of(stream: StreamKind, field: &str) -> impl Iterator<Item = &'static str> {
    let found = table(stream).iter().filter(move |(from, _)| *from == field);
    found.flat_map(|(_, to)| to.iter().copied())
}

/// All of a stream.
pub(super) fn table(stream: StreamKind) -> Travels {
    match stream {
        StreamKind::Orders => ORDERS,
        StreamKind::OrderStatus => STATUS,
        StreamKind::Products => PRODUCTS,
        StreamKind::Prices => PRICES,
        StreamKind::Stock => STOCK,
        StreamKind::PriceLists => &[],
    }
}

const ORDERS: Travels = &[
    (
        "order.billing.city",
        &["customer.billing.city", "invoice.buyer.billing.city"],
    ),
    (
        "order.billing.company",
        &["customer.billing.company", "invoice.buyer.billing.company"],
    ),
    (
        "order.billing.country",
        &["customer.billing.country", "invoice.buyer.billing.country"],
    ),
    (
        "order.billing.line1",
        &["customer.billing.line1", "invoice.buyer.billing.line1"],
    ),
    (
        "order.billing.line2",
        &["customer.billing.line2", "invoice.buyer.billing.line2"],
    ),
    (
        "order.billing.name",
        &["customer.billing.name", "invoice.buyer.billing.name"],
    ),
    (
        "order.billing.phone",
        &["customer.billing.phone", "invoice.buyer.billing.phone"],
    ),
    (
        "order.billing.postcode",
        &["customer.billing.postcode", "invoice.buyer.billing.postcode"],
    ),
    (
        "order.billing.vat_number",
        &[
            "customer.billing.vat_number",
            "customer.customer.vat_number",
            "invoice.buyer.billing.vat_number",
        ],
    ),
    (
        "order.conversion_rate",
        &["credit.conversion_rate", "invoice.conversion_rate"],
    ),
    (
        "order.currency",
        &[
            "credit.currency",
            "customer.currency",
            "invoice.currency",
            "payment.currency",
        ],
    ),
    (
        "order.customer.company",
        &["customer.customer.company", "invoice.buyer.name"],
    ),
    (
        "order.customer.email",
        &[
            "customer.customer.email",
            "invoice.buyer.collective",
            "invoice.customer_number",
        ],
    ),
    (
        "order.customer.family_name",
        &["customer.customer.family_name", "invoice.buyer.name"],
    ),
    (
        "order.customer.given_name",
        &["customer.customer.given_name", "invoice.buyer.name"],
    ),
    ("order.customer.guest", &["customer.customer.guest"]),
    (
        "order.customer.key",
        &[
            "credit.customer_number",
            "customer.customer.key",
            "customer.number",
            "invoice.customer_number",
        ],
    ),
    (
        "order.customer.kind",
        &[
            "credit.customer_number",
            "customer.customer.kind",
            "customer.customer.org_number",
            "customer.customer.vat_number",
            "customer.number",
            "invoice.buyer.collective",
            "invoice.buyer.name",
            "invoice.customer_number",
        ],
    ),
    ("order.customer.language", &["customer.customer.language"]),
    (
        "order.customer.org_number",
        &[
            "credit.customer_number",
            "customer.customer.org_number",
            "customer.number",
            "invoice.customer_number",
        ],
    ),
    ("order.customer.phone", &["customer.customer.phone"]),
    ("order.customer.vat_number", &["customer.customer.vat_number"]),
    ("order.delivery.city", &["invoice.buyer.delivery.city"]),
    ("order.delivery.company", &["invoice.buyer.delivery.company"]),
    (
        "order.delivery.country",
        &[
            "credit.rows.account",
            "credit.scheme",
            "customer.reverse_charge",
            "invoice.buyer.delivery.country",
            "invoice.rows.account",
            "invoice.scheme",
        ],
    ),
    ("order.delivery.line1", &["invoice.buyer.delivery.line1"]),
    ("order.delivery.line2", &["invoice.buyer.delivery.line2"]),
    ("order.delivery.name", &["invoice.buyer.delivery.name"]),
    ("order.delivery.phone", &["invoice.buyer.delivery.phone"]),
    ("order.delivery.postcode", &["invoice.buyer.delivery.postcode"]),
    (
        "order.delivery.vat_number",
        &[
            "customer.customer.vat_number",
            "invoice.buyer.delivery.vat_number",
        ],
    ),
    (
        "order.discounts.name",
        &[
            "credit.rows.text",
            "invoice.rows.text",
            "invoice.total",
            "payment.method",
        ],
    ),
    (
        "order.discounts.shares.gross",
        &[
            "credit.rows.gross",
            "credit.total",
            "invoice.rows.gross",
            "invoice.total",
            "payment.amount",
        ],
    ),
    (
        "order.discounts.shares.rate",
        &[
            "credit.rows.account",
            "credit.rows.rate",
            "invoice.rows.account",
            "invoice.rows.rate",
        ],
    ),
    (
        "order.fees.gross",
        &[
            "credit.rows.gross",
            "credit.shop_difference",
            "credit.total",
            "invoice.rows.gross",
            "payment.amount",
        ],
    ),
    ("order.fees.kind", &["invoice.rows.account", "invoice.rows.kind"]),
    ("order.fees.name", &["credit.rows.text", "invoice.rows.text"]),
    (
        "order.fees.rate",
        &[
            "credit.rows.account",
            "credit.rows.rate",
            "invoice.rows.account",
            "invoice.rows.rate",
        ],
    ),
    (
        "order.key",
        &[
            "credit.invoice_reference",
            "credit.note",
            "credit.reference",
            "invoice.reference",
            "payment.document",
            "payment.reference",
        ],
    ),
    ("order.lines.gross", &["invoice.rows.gross"]),
    ("order.lines.name", &["credit.rows.text", "invoice.rows.text"]),
    ("order.lines.quantity", &["invoice.rows.quantity"]),
    (
        "order.lines.rate",
        &[
            "credit.rows.account",
            "credit.rows.rate",
            "customer.reverse_charge",
            "invoice.rows.account",
            "invoice.rows.rate",
            "invoice.scheme",
        ],
    ),
    ("order.lines.sku", &["credit.rows.sku", "invoice.rows.sku"]),
    ("order.note", &["invoice.note"]),
    ("order.number", &["credit.order_number", "invoice.order_number"]),
    (
        "order.payment.method",
        &["invoice.payment_method", "payment.method"],
    ),
    ("order.payment.module", &["payment.account"]),
    ("order.payment.paid_on", &["payment.date"]),
    ("order.placed_on", &["invoice.date", "payment.date"]),
    (
        "order.totals.gross",
        &["invoice.rows.gross", "invoice.total", "payment.amount"],
    ),
    ("refund.earlier.kind", &["credit.total", "payment.amount"]),
    (
        "refund.earlier.shipping_gross",
        &[
            "credit.rows.gross",
            "credit.shop_difference",
            "credit.total",
            "payment.amount",
        ],
    ),
    (
        "refund.key",
        &["credit.reference", "payment.document", "payment.reference"],
    ),
    (
        "refund.slip.amount",
        &[
            "credit.rows.gross",
            "credit.shop_difference",
            "credit.total",
            "payment.amount",
        ],
    ),
    ("refund.slip.date", &["credit.date", "payment.date"]),
    (
        "refund.slip.kind",
        &["credit.rows.gross", "credit.total", "payment.amount"],
    ),
    (
        "refund.slip.lines.gross",
        &["credit.rows.gross", "credit.total", "payment.amount"],
    ),
    (
        "refund.slip.lines.order_line",
        &[
            "credit.rows.account",
            "credit.rows.rate",
            "credit.rows.sku",
            "credit.rows.text",
        ],
    ),
    ("refund.slip.lines.quantity", &["credit.rows.quantity"]),
    (
        "refund.slip.shipping_gross",
        &[
            "credit.rows.gross",
            "credit.shop_difference",
            "credit.total",
            "payment.amount",
        ],
    ),
];
const STATUS: Travels = &[
    ("status.events", &["status.event", "status.state"]),
    ("status.reference", &["status.order"]),
    ("status.tracking", &["status.tracking"]),
];
const PRODUCTS: Travels = &[
    ("article.active", &["article.active"]),
    ("article.currency", &["article.currency"]),
    ("article.description", &["article.description"]),
    ("article.ean", &["article.ean"]),
    ("article.name", &["article.name"]),
    ("article.price", &["article.first_price", "article.price"]),
    ("article.rate", &["article.rate"]),
    ("article.sku", &["article.sku"]),
    ("article.variant", &["article.name"]),
    ("article.weight", &["article.weight"]),
];
const PRICES: Travels = &[
    ("price.campaign.from", &["price.campaign.is.from"]),
    ("price.campaign.price", &["price.campaign.is.price"]),
    ("price.campaign.to", &["price.campaign.is.to"]),
    ("price.currency", &["price.currency"]),
    ("price.regular", &["price.regular"]),
    ("price.sku", &["price.sku"]),
    ("price.with_tax", &["price.with_tax"]),
];
const STOCK: Travels = &[
    ("stock.available", &["stock.quantity"]),
    ("stock.sku", &["stock.sku"]),
    ("stock.sold_when_empty", &["stock.sold_when_empty"]),
];
