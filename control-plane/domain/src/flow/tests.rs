//! What a flow may ask for: by its template, by its two systems, by its other settings.

use chrono::DateTime;
use skarv_canonical::{
    descriptor::{Reads, Writes},
    spec::{OrderSettings, PriceSettings, ProductSettings, StockSettings},
    write::{Effect, Entity},
};

use super::*;

fn system(title: &str, side: Side, reads: &[StreamKind], writes: &[Entity]) -> Descriptor {
    let reads = reads.iter().copied().map(Reads::changes_of);
    let writes = writes.iter().map(|entity| Writes {
        entity: entity.clone(),
        effect: Effect::Update,
        searchable: true,
        visible_after_ms: 0,
        batch: 1,
        fields: Vec::new(),
    });
    Descriptor {
        id: title.to_lowercase(),
        title: title.to_owned(),
        version: "1".to_owned(),
        side,
        verified: true,
        notice: String::new(),
        reads: reads.collect(),
        writes: writes.collect(),
        settings: Vec::new(),
        secrets: Vec::new(),
        requests_per_second: 1,
        max_parallel: 1,
        payment_modules: Vec::new(),
    }
}

fn able() -> (Descriptor, Descriptor) {
    use StreamKind::{Orders, Prices, Products, Stock};
    let shop = [Entity::Article, Entity::Price, Entity::Stock];
    (
        system("Shop", Side::Shop, &[Orders, Products], &shop),
        system(
            "Books",
            Side::Erp,
            &[Products, Prices, Stock],
            &[Entity::Invoice, Entity::Article],
        ),
    )
}

fn everything(template: Template) -> FlowSpec {
    let mut orders = OrderSettings::swedish(DateTime::UNIX_EPOCH, Vec::new());
    orders.takes_stock = true;
    FlowSpec {
        products: Some(ProductSettings::swedish()),
        prices: Some(PriceSettings::swedish()),
        stock: Some(StockSettings::default()),
        ..FlowSpec::of_orders(template, "shop".to_owned(), "books".to_owned(), orders)
    }
}

fn checked(spec: &FlowSpec, (shop, books): &(Descriptor, Descriptor)) -> Result<()> {
    let end = |connection, descriptor| End {
        connection,
        descriptor,
    };
    check(spec, end("shop", shop), end("books", books))
}

fn field_of(refused: Result<()>) -> String {
    match refused {
        Err(Error::InvalidArgument { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_template_carries_its_own_streams() {
    for template in [Template::ErpMaster, Template::Combined] {
        assert_eq!(checked(&everything(template), &able()), Ok(()));
    }
    let shop_master = FlowSpec {
        prices: None,
        stock: None,
        ..everything(Template::ShopMaster)
    };
    assert_eq!(checked(&shop_master, &able()), Ok(()));
}

#[test]
fn a_stream_that_the_template_lacks_is_refused_by_name() {
    let prices = everything(Template::ShopMaster);
    let stock = FlowSpec {
        prices: None,
        ..prices.clone()
    };
    assert_eq!(field_of(checked(&prices, &able())), "flow.price_settings");
    assert_eq!(field_of(checked(&stock, &able())), "flow.stock_settings");
}

#[test]
fn a_stream_that_a_system_cannot_carry_is_refused_by_the_system() {
    let (mut shop, mut books) = able();
    shop.writes.retain(|writes| writes.entity != Entity::Price);
    books.reads.retain(|reads| reads.stream != StreamKind::Stock);
    let refused = |spec: &FlowSpec| match checked(spec, &(shop.clone(), books.clone())) {
        Err(Error::FailedPrecondition { reason, subject, .. }) => (reason, subject),
        other => panic!("{other:?}"),
    };
    let spec = everything(Template::ErpMaster);
    assert_eq!(refused(&spec), ("SYSTEM_CANNOT", "shop".to_owned()));
    let stock = FlowSpec { prices: None, ..spec };
    assert_eq!(refused(&stock), ("SYSTEM_CANNOT", "books".to_owned()));
}

#[test]
fn two_streams_do_not_carry_one_price() {
    let mut spec = everything(Template::Combined);
    spec.products.as_mut().unwrap().fields.insert(ArticleField::Price);
    assert_eq!(field_of(checked(&spec, &able())), "flow.product_settings.fields");
    spec.prices = None;
    assert_eq!(checked(&spec, &able()), Ok(()));
}

#[test]
fn only_the_combined_template_lets_the_books_decide_what_is_sold_when_empty() {
    let deciding = |template| FlowSpec {
        stock: Some(StockSettings {
            decides_sold_when_empty: true,
            ..StockSettings::default()
        }),
        ..everything(template)
    };
    assert_eq!(checked(&deciding(Template::Combined), &able()), Ok(()));
    assert_eq!(
        field_of(checked(&deciding(Template::ErpMaster), &able())),
        "flow.stock_settings.decides_sold_when_empty"
    );
}

#[test]
fn stock_that_invoices_take_nothing_from_is_not_carried_to_the_shop() {
    let mut spec = everything(Template::Combined);
    spec.orders.takes_stock = false;
    assert_eq!(
        field_of(checked(&spec, &able())),
        "flow.order_settings.takes_stock"
    );
    spec.stock = None;
    assert!(checked(&spec, &able()).is_ok());
}
