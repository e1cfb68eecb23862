//! The data register over the API: asked for by everybody who is signed in, about two systems that can be a flow.

use skarv_proto::v1 as pb;
use tonic::Code;

use crate::world::{World, field};

fn asked(shop: &str, erp: &str, template: pb::Template) -> pb::GetDataRegisterRequest {
    pb::GetDataRegisterRequest {
        shop: shop.to_owned(),
        erp: erp.to_owned(),
        template: template.into(),
    }
}

#[tokio::test]
async fn the_register_says_which_fields_travel_and_which_tell_of_a_person() {
    let world = World::start().await;
    let request = asked("prestashop", "hogia-smart", pb::Template::ShopMaster);
    let answer = world.admin().await.catalog().get_data_register(request).await;
    let fields = answer.unwrap().into_inner().fields;
    let email = fields.iter().find(|f| f.field == "order.customer.email");
    let email = email.expect("the buyer's address goes to their card");
    assert_eq!(
        (
            email.stream.as_str(),
            email.source.as_str(),
            email.target.as_str(),
            email.personal
        ),
        ("orders", "prestashop", "hogia-smart", true)
    );
    let sku = fields.iter().find(|f| f.field == "order.lines.sku");
    assert!(sku.is_some_and(|sku| !sku.personal));
    // the shop owns prices and stock here
    assert!(
        fields
            .iter()
            .all(|f| matches!(f.stream.as_str(), "orders" | "products"))
    );
}

#[tokio::test]
async fn a_register_of_what_cannot_be_a_flow_is_refused_with_the_field_that_is_wrong() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (request, wrong) in [
        (asked("", "hogia-smart", pb::Template::Combined), "shop"),
        (
            asked("hogia-smart", "hogia-smart", pb::Template::Combined),
            "shop",
        ),
        (asked("prestashop", "fortnox", pb::Template::Combined), "erp"),
        (asked("prestashop", "prestashop", pb::Template::Combined), "erp"),
        (
            asked("prestashop", "hogia-smart", pb::Template::Unspecified),
            "template",
        ),
    ] {
        let refused = admin.catalog().get_data_register(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(field(&refused), wrong);
    }
}
