//! `customers`, with the password hash and the secure key that the real webservice gives away.

use super::{
    column::{fixed, flag, number, text, time},
    resource::{Association, Resource},
    xml::{Writer, cdata},
};
use crate::fake::{books::Books, canary, rows::Customer};

pub(super) fn resource() -> Resource<Customer> {
    Resource {
        name: "customers",
        list: "customers",
        node: "customer",
        description: "The e-shop's customers",
        table: |books| &books.customers,
        columns: vec![
            number("id", |customer: &Customer| customer.id),
            number("id_default_group", |customer: &Customer| customer.group).to("groups"),
            fixed("id_lang", "2").to("languages"),
            fixed("newsletter_date_add", "0000-00-00 00:00:00"),
            fixed("ip_registration_newsletter", ""),
            time("last_passwd_gen", |customer: &Customer| customer.date_add),
            text("secure_key", |customer: &Customer| {
                canary::secure_key(customer.id)
            }),
            fixed("deleted", "0"),
            fixed("passwd", canary::PASSWD),
            text("lastname", |customer: &Customer| customer.lastname.clone()),
            text("firstname", |customer: &Customer| customer.firstname.clone()),
            text("email", |customer: &Customer| customer.email.clone()),
            fixed("id_gender", "0"),
            fixed("birthday", "0000-00-00"),
            fixed("newsletter", "0"),
            fixed("optin", "0"),
            fixed("website", ""),
            text("company", |customer: &Customer| customer.company.clone()),
            text("siret", |customer: &Customer| customer.siret.clone()),
            fixed("ape", ""),
            fixed("outstanding_allow_amount", "0.000000"),
            fixed("show_public_prices", "0"),
            fixed("id_risk", "0"),
            fixed("max_payment_days", "0"),
            fixed("active", "1"),
            fixed("note", ""),
            flag("is_guest", |customer: &Customer| customer.is_guest),
            fixed("id_shop", "1"),
            fixed("id_shop_group", "1"),
            time("date_add", |customer: &Customer| customer.date_add),
            time("date_upd", |customer: &Customer| customer.date_add),
            fixed("reset_password_token", ""),
            fixed("reset_password_validity", "0000-00-00 00:00:00"),
        ],
        association: Some(Association {
            name: "groups",
            node: "group",
            attributes: "api=\"groups\"",
            write: write_groups,
            is_empty: |_, _| false,
        }),
    }
}

fn write_groups(writer: &mut Writer<'_>, _: &Books, customer: &Customer, _: Option<&[String]>) {
    let (api, group) = (writer.api, customer.group);
    writer.line(&format!("\t<group xlink:href=\"{api}groups/{group}\">"));
    writer.line(&format!("\t<id>{}</id>", cdata(&group.to_string())));
    writer.line("\t</group>");
}
