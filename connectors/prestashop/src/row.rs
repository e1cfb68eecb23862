//! Rows as the webservice gives them, typed: the fields that an order is made of and no others.
//!
//! A row that lacks what it must have is unreadable, with the name of the field and never its value. Nothing is judged here;
//! what rows mean together is decided in `order/`.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use skarv_canonical::Reason;

use crate::{api::Resource, xml::Node, zone};

/// What keeps a row from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A field of the row with this id is not what it must be.
    Field {
        resource: &'static str,
        id: String,
        field: &'static str,
    },
    /// The shop itself fails when it is asked for the rows whose field has this value.
    NotShown {
        resource: &'static str,
        field: &'static str,
        value: String,
    },
}

impl Unreadable {
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::Field { resource, id, field } => Reason::data("record_unreadable")
                .with("resource", resource)
                .with("id", id)
                .with("field", field)
                .fix("correct_in_source"),
            Self::NotShown {
                resource,
                field,
                value,
            } => Reason::data("record_not_shown")
                .with("resource", resource)
                .with("field", field)
                .with("value", value)
                .fix("mend_record_in_shop"),
        }
    }
}

/// A kind of row: where it is read, by which field rows are looked up, and how a node becomes one.
pub(crate) trait Row: Sized + Send {
    const RESOURCE: Resource;
    /// The field that says which record a row belongs to.
    const KEY: &'static str;
    /// Whether every order has such a row.
    const ALWAYS_THERE: bool = false;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable>;

    fn of(node: &Node) -> Result<Self, Unreadable> {
        Self::read(&Fields {
            node,
            resource: Self::RESOURCE.path,
        })
    }
}

/// The fields of one node.
pub(crate) struct Fields<'a> {
    node: &'a Node,
    resource: &'static str,
}

impl Fields<'_> {
    fn text(&self, field: &str) -> String {
        self.node.text(field).to_owned()
    }

    /// An id; 0 stands for none in the shop's database too.
    fn id(&self, field: &str) -> u64 {
        self.node.text(field).parse().unwrap_or(0)
    }

    fn flag(&self, field: &str) -> bool {
        self.node.text(field) == "1"
    }

    fn number<T: std::str::FromStr>(&self, field: &'static str) -> Result<T, Unreadable> {
        self.node.text(field).parse().map_err(|_| self.unreadable(field))
    }

    fn money(&self, field: &'static str) -> Result<Decimal, Unreadable> {
        self.number(field)
    }

    fn time(&self, field: &'static str) -> Result<NaiveDateTime, Unreadable> {
        zone::parse(self.node.text(field)).ok_or_else(|| self.unreadable(field))
    }

    fn unreadable(&self, field: &'static str) -> Unreadable {
        Unreadable::Field {
            resource: self.resource,
            id: self.text("id"),
            field,
        }
    }
}

/// An amount without and with tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) net: Decimal,
    pub(crate) gross: Decimal,
}

/// `orders`.
pub(crate) struct OrderRow {
    pub(crate) id: u64,
    pub(crate) reference: String,
    pub(crate) customer: u64,
    pub(crate) invoice_address: u64,
    pub(crate) delivery_address: u64,
    pub(crate) currency: u64,
    pub(crate) language: u64,
    pub(crate) carrier: u64,
    pub(crate) state: u64,
    pub(crate) module: String,
    pub(crate) payment: String,
    pub(crate) placed: NaiveDateTime,
    pub(crate) updated: NaiveDateTime,
    pub(crate) paid: Decimal,
    pub(crate) total: Amount,
    pub(crate) goods: Amount,
    pub(crate) shipping: Amount,
    pub(crate) wrapping: Amount,
    pub(crate) discounts: Amount,
    pub(crate) carrier_rate: Decimal,
    pub(crate) rounding: Rounding,
    pub(crate) conversion_rate: Decimal,
}

/// Where the shop rounded, which the order remembers even when the shop's setting has changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Each piece, then times the quantity.
    Item,
    /// Each row, or the total only: a row is at most half an öre off.
    Row,
}

impl OrderRow {
    pub(crate) fn key(&self) -> String {
        self.id.to_string()
    }
}

impl Row for OrderRow {
    const RESOURCE: Resource = Resource {
        path: "orders",
        node: "order",
        display: "[id,reference,id_customer,id_address_invoice,id_address_delivery,id_currency,id_lang,id_carrier,\
                  current_state,module,payment,date_add,date_upd,total_paid_real,total_paid_tax_excl,\
                  total_paid_tax_incl,total_products,total_products_wt,total_shipping_tax_excl,\
                  total_shipping_tax_incl,total_wrapping_tax_excl,total_wrapping_tax_incl,total_discounts_tax_excl,\
                  total_discounts_tax_incl,carrier_tax_rate,round_type,conversion_rate]",
    };
    const KEY: &'static str = "id";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        let amount = |net, gross| {
            Ok(Amount {
                net: fields.money(net)?,
                gross: fields.money(gross)?,
            })
        };
        Ok(Self {
            id: fields.number("id")?,
            reference: fields.text("reference"),
            customer: fields.id("id_customer"),
            invoice_address: fields.id("id_address_invoice"),
            delivery_address: fields.id("id_address_delivery"),
            currency: fields.id("id_currency"),
            language: fields.id("id_lang"),
            carrier: fields.id("id_carrier"),
            state: fields.id("current_state"),
            module: fields.text("module"),
            payment: fields.text("payment"),
            placed: fields.time("date_add")?,
            updated: fields.time("date_upd")?,
            paid: fields.money("total_paid_real")?,
            total: amount("total_paid_tax_excl", "total_paid_tax_incl")?,
            goods: amount("total_products", "total_products_wt")?,
            shipping: amount("total_shipping_tax_excl", "total_shipping_tax_incl")?,
            wrapping: amount("total_wrapping_tax_excl", "total_wrapping_tax_incl")?,
            discounts: amount("total_discounts_tax_excl", "total_discounts_tax_incl")?,
            carrier_rate: fields.money("carrier_tax_rate")?,
            rounding: match fields.node.text("round_type") {
                "1" => Rounding::Item,
                _ => Rounding::Row,
            },
            conversion_rate: fields.money("conversion_rate")?,
        })
    }
}

/// `order_details`: a row of goods.
pub(crate) struct DetailRow {
    pub(crate) id: u64,
    pub(crate) product: u64,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) quantity: u32,
    pub(crate) unit: Amount,
    pub(crate) total: Amount,
    /// The taxes it is linked to.
    pub(crate) taxes: Vec<u64>,
}

impl Row for DetailRow {
    const RESOURCE: Resource = Resource {
        path: "order_details",
        node: "order_detail",
        display: "[id,id_order,product_id,product_reference,product_name,product_quantity,unit_price_tax_excl,\
                  unit_price_tax_incl,total_price_tax_excl,total_price_tax_incl,taxes[id]]",
    };
    const KEY: &'static str = "id_order";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            id: fields.number("id")?,
            product: fields.id("product_id"),
            sku: fields.text("product_reference"),
            name: fields.text("product_name"),
            quantity: fields.number("product_quantity")?,
            unit: Amount {
                net: fields.money("unit_price_tax_excl")?,
                gross: fields.money("unit_price_tax_incl")?,
            },
            total: Amount {
                net: fields.money("total_price_tax_excl")?,
                gross: fields.money("total_price_tax_incl")?,
            },
            taxes: taxes(fields.node),
        })
    }
}

fn taxes(row: &Node) -> Vec<u64> {
    let links = row.child("associations").and_then(|a| a.child("taxes"));
    let links = links.map(Node::children).unwrap_or_default();
    links
        .iter()
        .filter_map(|link| link.text("id").parse().ok())
        .filter(|id| *id != 0)
        .collect()
}

/// `order_cart_rules`: a discount of an order. A deleted one has no effect any more.
pub(crate) struct RuleRow {
    pub(crate) cart_rule: u64,
    pub(crate) name: String,
    pub(crate) value: Amount,
    pub(crate) free_shipping: bool,
    pub(crate) deleted: bool,
}

impl Row for RuleRow {
    const RESOURCE: Resource = Resource::full("order_cart_rules", "order_cart_rule");
    const KEY: &'static str = "id_order";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            cart_rule: fields.id("id_cart_rule"),
            name: fields.text("name"),
            value: Amount {
                net: fields.money("value_tax_excl")?,
                gross: fields.money("value")?,
            },
            free_shipping: fields.flag("free_shipping"),
            deleted: fields.flag("deleted"),
        })
    }
}

/// `cart_rules`: what a discount was meant for. May be gone, and may have changed since.
pub(crate) struct CartRuleRow {
    /// A product, -1 for the cheapest, -2 for a selection, 0 for the whole order.
    pub(crate) reduces: i64,
    pub(crate) gift: u64,
}

impl Row for CartRuleRow {
    const RESOURCE: Resource = Resource {
        path: "cart_rules",
        node: "cart_rule",
        display: "[id,reduction_product,gift_product]",
    };
    const KEY: &'static str = "id";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            reduces: fields.number("reduction_product").unwrap_or(0),
            gift: fields.id("gift_product"),
        })
    }
}

/// `order_carriers`: who carries an order.
pub(crate) struct CarrierRow {
    pub(crate) carrier: u64,
}

impl Row for CarrierRow {
    const RESOURCE: Resource = Resource::full("order_carriers", "order_carrier");
    const KEY: &'static str = "id_order";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            carrier: fields.id("id_carrier"),
        })
    }
}

/// `order_histories`: a state that an order went into.
pub(crate) struct HistoryRow {
    pub(crate) state: u64,
}

impl Row for HistoryRow {
    const RESOURCE: Resource = Resource::full("order_histories", "order_history");
    const KEY: &'static str = "id_order";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            state: fields.number("id_order_state")?,
        })
    }
}

/// `order_payments`: a payment, of all orders with its reference.
pub(crate) struct PaymentRow {
    pub(crate) amount: Decimal,
    pub(crate) transaction: String,
}

impl Row for PaymentRow {
    const RESOURCE: Resource = Resource {
        path: "order_payments",
        node: "order_payment",
        display: "[id,order_reference,amount,transaction_id]",
    };
    const KEY: &'static str = "order_reference";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            amount: fields.money("amount")?,
            transaction: fields.text("transaction_id"),
        })
    }
}

/// `orders` again, by reference: the orders that one cart was split into.
pub(crate) struct SiblingRow {
    pub(crate) total: Decimal,
}

impl Row for SiblingRow {
    const RESOURCE: Resource = Resource {
        path: "orders",
        node: "order",
        display: "[id,reference,total_paid_tax_incl]",
    };
    const KEY: &'static str = "reference";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            total: fields.money("total_paid_tax_incl")?,
        })
    }
}

/// `customers`. The secrets that come with a full row are not even asked for.
pub(crate) struct CustomerRow {
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) email: String,
    pub(crate) company: String,
    pub(crate) org_number: String,
    pub(crate) guest: bool,
}

impl Row for CustomerRow {
    const RESOURCE: Resource = Resource {
        path: "customers",
        node: "customer",
        display: "[id,firstname,lastname,email,company,siret,is_guest]",
    };
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            given_name: fields.text("firstname"),
            family_name: fields.text("lastname"),
            email: fields.text("email"),
            company: fields.text("company"),
            org_number: fields.text("siret"),
            guest: fields.flag("is_guest"),
        })
    }
}

/// `addresses`. One that was deleted after the order still belongs to it.
pub(crate) struct AddressRow {
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) company: String,
    pub(crate) line1: String,
    pub(crate) line2: String,
    pub(crate) postcode: String,
    pub(crate) city: String,
    pub(crate) country: u64,
    pub(crate) vat_number: String,
    pub(crate) identity_number: String,
    pub(crate) phone: String,
}

impl Row for AddressRow {
    const RESOURCE: Resource = Resource::full("addresses", "address");
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        let phones = [fields.text("phone"), fields.text("phone_mobile")];
        Ok(Self {
            given_name: fields.text("firstname"),
            family_name: fields.text("lastname"),
            company: fields.text("company"),
            line1: fields.text("address1"),
            line2: fields.text("address2"),
            postcode: fields.text("postcode"),
            city: fields.text("city"),
            country: fields.id("id_country"),
            vat_number: fields.text("vat_number"),
            identity_number: fields.text("dni"),
            phone: phones
                .into_iter()
                .find(|phone| !phone.is_empty())
                .unwrap_or_default(),
        })
    }
}
