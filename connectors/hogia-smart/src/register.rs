//! Where the fields of ours stand in Hogia Smart, as the data register has it. `tests/it/register.rs` holds it against what goes
//! over the line.

use skarv_canonical::{descriptor::Places, spec::StreamKind, write::Entity};

pub(crate) const READS: &[(StreamKind, Places)] = &[
    (StreamKind::Products, ITEMS),
    (StreamKind::Prices, PRICES),
    (StreamKind::Stock, STOCK),
    (StreamKind::OrderStatus, STATUS),
];

pub(crate) const WRITES: &[(Entity, Places)] = &[
    (Entity::Customer, CUSTOMER),
    (Entity::Invoice, INVOICE),
    (Entity::Credit, CREDIT),
    (Entity::Payment, PAYMENT),
    (Entity::Article, ARTICLE),
];

const ITEMS: Places = &[
    ("article.active", &["items.isActive"]),
    ("article.ean", &["items.ean"]),
    ("article.key", &["items.itemId"]),
    ("article.name", &["items.name"]),
    (
        "article.price",
        &["items.price.currencyCode", "items.price.regular"],
    ),
    ("article.rate", &["items.vatPercent"]),
    ("article.sku", &["items.number"]),
];
const PRICES: Places = &[
    ("price.campaign.from", &["items.price.campaignFrom"]),
    ("price.campaign.price", &["items.price.campaign"]),
    ("price.campaign.to", &["items.price.campaignTo"]),
    ("price.key", &["items.itemId"]),
    ("price.regular", &["items.price.regular"]),
    ("price.sku", &["items.number"]),
];
const STOCK: Places = &[
    ("stock.available", &["stockbalances.available"]),
    ("stock.key", &["stockbalances.itemNumber"]),
    ("stock.sku", &["stockbalances.itemNumber"]),
];
const STATUS: Places = &[
    (
        "status.events",
        &[
            "customerinvoices.customerInvoiceReferences.type",
            "customerinvoices.isBilled",
            "customerinvoices.isCanceled",
            "customerinvoices.isCustomerPaid",
        ],
    ),
    (
        "status.invoiced_on",
        &["customerinvoices.invoiceHeader.invoiceDate"],
    ),
    ("status.key", &["customerinvoices.customerInvoiceId"]),
    (
        "status.order_number",
        &["customerinvoices.invoiceHeader.customerOrderNumber"],
    ),
    (
        "status.reference",
        &["customerinvoices.invoiceHeader.invoiceReference"],
    ),
];
const CUSTOMER: Places = &[
    ("customer.billing.city", &["contacts.addresses.city"]),
    (
        "customer.billing.country",
        &["contacts.addresses.country", "contacts.countryCode"],
    ),
    ("customer.billing.line1", &["contacts.addresses.street"]),
    ("customer.billing.line2", &["contacts.addresses.streetExtraLine"]),
    ("customer.billing.postcode", &["contacts.addresses.zipCode"]),
    ("customer.currency", &["contacts.customer.selectedCurrencyCode"]),
    ("customer.customer.company", &["contacts.companyName"]),
    (
        "customer.customer.email",
        &["contacts.customer.eInvoiceReceiverEmail"],
    ),
    ("customer.customer.family_name", &["contacts.surName"]),
    ("customer.customer.given_name", &["contacts.givenName"]),
    ("customer.customer.language", &["contacts.language"]),
    ("customer.customer.org_number", &["contacts.identificationNumber"]),
    ("customer.customer.vat_number", &["contacts.vatNumber"]),
    ("customer.number", &["contacts.number"]),
    ("customer.reverse_charge", &["contacts.customer.isReverseCharge"]),
];
const INVOICE: Places = &[
    (
        "invoice.buyer.billing.city",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.billing.company",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.billing.country",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.billing.line1",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.billing.line2",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.billing.name",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.billing.postcode",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.collective",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.delivery.city",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.delivery.company",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.delivery.country",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.delivery.line1",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.delivery.line2",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.delivery.name",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.delivery.postcode",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.buyer.name",
        &[
            "customerinvoices.customerInvoice.comment",
            "customerinvoices.customerInvoice.yourReference",
        ],
    ),
    (
        "invoice.currency",
        &["customerinvoices.customerInvoice.currency.code"],
    ),
    (
        "invoice.customer_number",
        &["customerinvoices.customerInvoice.customerNumber"],
    ),
    (
        "invoice.date",
        &[
            "customerinvoices.customerInvoice.invoiceDate",
            "customerinvoices.customerInvoice.invoiceExpirationDate",
        ],
    ),
    ("invoice.note", &["customerinvoices.customerInvoice.comment"]),
    (
        "invoice.order_number",
        &["customerinvoices.customerInvoice.customerOrderNumber"],
    ),
    (
        "invoice.payment_method",
        &["customerinvoices.customerInvoice.comment"],
    ),
    (
        "invoice.payment_terms_days",
        &["customerinvoices.customerInvoice.invoiceExpirationDate"],
    ),
    (
        "invoice.reference",
        &[
            "customerinvoices.customerInvoice.invoiceReference",
            "customerinvoices.sequenceId",
        ],
    ),
    (
        "invoice.rows.account",
        &["customerinvoices.invoiceLines.invoiceLine.salesAccountNumber"],
    ),
    (
        "invoice.rows.gross",
        &["customerinvoices.invoiceLines.invoiceLine.unitPrice"],
    ),
    (
        "invoice.rows.kind",
        &["customerinvoices.invoiceLines.invoiceLine.salesAccountNumber"],
    ),
    (
        "invoice.rows.quantity",
        &[
            "customerinvoices.invoiceLines.invoiceLine.quantity",
            "customerinvoices.invoiceLines.invoiceLine.unitPrice",
            "customerinvoices.invoiceLines.itemInvoiceLine.quantity",
        ],
    ),
    (
        "invoice.rows.rate",
        &[
            "customerinvoices.invoiceLines.invoiceLine.salesAccountNumber",
            "customerinvoices.invoiceLines.invoiceLine.unitPrice",
        ],
    ),
    (
        "invoice.rows.sku",
        &[
            "customerinvoices.invoiceLines.invoiceLine.description",
            "customerinvoices.invoiceLines.itemInvoiceLine.itemNumber",
        ],
    ),
    (
        "invoice.rows.text",
        &["customerinvoices.invoiceLines.invoiceLine.description"],
    ),
];
const CREDIT: Places = &[
    (
        "credit.currency",
        &["customerinvoices.customerInvoice.currency.code"],
    ),
    ("credit.date", &["customerinvoices.customerInvoice.invoiceDate"]),
    (
        "credit.invoice_reference",
        &[
            "customerinvoices.customerInvoice.comment",
            "customerinvoices.customerInvoice.customerInvoiceReferences.referencedCustomerInvoiceId",
        ],
    ),
    ("credit.note", &["customerinvoices.customerInvoice.comment"]),
    (
        "credit.order_number",
        &["customerinvoices.customerInvoice.customerOrderNumber"],
    ),
    (
        "credit.reference",
        &[
            "customerinvoices.customerInvoice.invoiceReference",
            "customerinvoices.sequenceId",
        ],
    ),
    (
        "credit.rows.account",
        &["customerinvoices.invoiceLines.invoiceLine.salesAccountNumber"],
    ),
    (
        "credit.rows.gross",
        &["customerinvoices.invoiceLines.invoiceLine.unitPrice"],
    ),
    (
        "credit.rows.quantity",
        &[
            "customerinvoices.invoiceLines.invoiceLine.quantity",
            "customerinvoices.invoiceLines.invoiceLine.unitPrice",
        ],
    ),
    (
        "credit.rows.rate",
        &[
            "customerinvoices.invoiceLines.invoiceLine.salesAccountNumber",
            "customerinvoices.invoiceLines.invoiceLine.unitPrice",
        ],
    ),
    (
        "credit.rows.sku",
        &["customerinvoices.invoiceLines.invoiceLine.description"],
    ),
    (
        "credit.rows.text",
        &["customerinvoices.invoiceLines.invoiceLine.description"],
    ),
];
const PAYMENT: Places = &[
    ("payment.account", &["customerinvoices.payments.accountNumber"]),
    ("payment.amount", &["customerinvoices.payments.amount"]),
    ("payment.date", &["customerinvoices.payments.date"]),
];
const ARTICLE: Places = &[
    ("article.active", &["items.isActive"]),
    ("article.currency", &["items.price.currencyCode"]),
    ("article.ean", &["items.ean"]),
    ("article.name", &["items.name"]),
    ("article.price", &["items.price.regular"]),
    (
        "article.rate",
        &["items.salesAccounts.number", "items.vatPercent"],
    ),
    ("article.sku", &["items.number"]),
];
