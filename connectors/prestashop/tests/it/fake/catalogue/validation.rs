//! What a field takes: one complaint at a time, under the code and in the words of the real shop.

use anyhow::Result;

use super::{coded, old_shop, product, refusal, shop, write, writes};

fn patch(fields: &str) -> String {
    format!("<product><id>5</id>{fields}</product>")
}

fn name(text: &str) -> String {
    format!("<name><language id=\"2\"><![CDATA[{text}]]></language></name>")
}

/// Fields, the code that they are refused with, and the words.
fn wrong_values() -> [(String, &'static str, &'static str); 12] {
    let long = |letter: &str, count: usize| letter.repeat(count);
    [
        (
            "<price>11,5</price>".to_owned(),
            "85",
            "Product-&gt;price is not valid",
        ),
        (
            "<price>-5</price>".to_owned(),
            "85",
            "Product-&gt;price is not valid",
        ),
        (
            "<price>1e3</price>".to_owned(),
            "85",
            "Product-&gt;price is not valid",
        ),
        (
            "<ean13>73 12345</ean13>".to_owned(),
            "85",
            "Product-&gt;ean13 is not valid",
        ),
        (
            "<ean13>abc123456789012</ean13>".to_owned(),
            "85",
            "is currently 15 chars. It must be between 0 and 13 chars.",
        ),
        (
            format!("<reference>{}</reference>", long("S", 65)),
            "85",
            "It must be between 0 and 64 chars.",
        ),
        (
            "<reference>a;b</reference>".to_owned(),
            "85",
            "Product-&gt;reference is not valid",
        ),
        (
            "<active>yes</active>".to_owned(),
            "85",
            "Product-&gt;active is not valid",
        ),
        (
            "<visibility>some</visibility>".to_owned(),
            "85",
            "Product-&gt;visibility is not valid",
        ),
        (name("Bad <name> = {x};"), "84", "Product-&gt;name is not valid"),
        (
            name(&long("ö", 129)),
            "84",
            "is currently 129 chars. It must be between 0 and 128 chars.",
        ),
        (
            "<description><language id=\"2\"><![CDATA[<p onclick=\"x()\">a</p>]]></language></description>"
                .to_owned(),
            "84",
            "Product-&gt;description is not valid",
        ),
    ]
}

#[tokio::test]
async fn a_value_that_the_shop_does_not_take_is_named_and_nothing_is_written() -> Result<()> {
    let shop = shop().await?;
    for (fields, code, words) in wrong_values() {
        let reply = write(&shop, "PATCH", "products/5", &patch(&fields)).await?;
        assert_eq!((reply.status, reply.codes()?), coded(400, code), "{fields}");
        assert!(reply.body.contains(words), "{}", reply.body);
    }
    assert!(writes(&shop, "products").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_name_of_128_letters_is_taken_with_marks_and_all() -> Result<()> {
    let shop = shop().await?;
    for text in ["ö".repeat(128), "Kabel 😀 å ä ö \"x\" & y".to_owned()] {
        assert_eq!(
            write(&shop, "PATCH", "products/5", &patch(&name(&text)))
                .await?
                .status,
            200,
            "{text}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_old_release_does_not_escape_what_it_complains_about() -> Result<()> {
    let reply = write(&old_shop().await?, "POST", "products", &product("X", "1,5")).await?;
    assert_eq!(reply.status, 400);
    assert!(
        reply.body.contains("Property Product->price is not valid"),
        "{}",
        reply.body
    );
    Ok(())
}

#[tokio::test]
async fn texts_are_complained_about_before_everything_else() -> Result<()> {
    let shop = shop().await?;
    let both = patch(&(name("<>") + "<price>1,5</price>"));
    assert_eq!(
        refusal(&shop, "PATCH", "products/5", &both).await?,
        coded(400, "84")
    );
    Ok(())
}

#[tokio::test]
async fn what_is_missing_or_not_to_be_written_is_told_in_the_order_of_the_fields() -> Result<()> {
    let shop = shop().await?;
    let cases = [
        (
            "<price>1</price><manufacturer_name>X</manufacturer_name>",
            "93",
            "manufacturer_name",
        ),
        ("<price>1</price><quantity>5</quantity>", "93", "quantity"),
        ("<quantity>5</quantity>", "93", "quantity"),
        ("<reference>demo</reference>", "41", "price"),
    ];
    for (fields, code, field) in cases {
        let reply = write(&shop, "PUT", "products/5", &patch(fields)).await?;
        assert_eq!((reply.status, reply.codes()?), coded(400, code), "{fields}");
        assert!(reply.body.contains(&format!("parameter \"{field}\"")));
    }
    let level = "<category><id>3</id><level_depth>2</level_depth><active>1</active></category>";
    assert_eq!(
        refusal(&shop, "PUT", "categories/3", level).await?,
        coded(400, "93")
    );
    Ok(())
}

#[tokio::test]
async fn a_required_field_may_not_be_empty_and_an_unknown_one_is_passed_over() -> Result<()> {
    let shop = shop().await?;
    let reply = write(&shop, "PUT", "products/5", &patch("<price></price>")).await?;
    assert_eq!((reply.status, reply.codes()?), coded(400, "85"));
    assert!(reply.body.contains("Product-&gt;price is empty."));
    let unknown = patch("<price>1</price><nosuch>5</nosuch>");
    assert_eq!(write(&shop, "PUT", "products/5", &unknown).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_position_behind_the_last_of_the_category_is_refused() -> Result<()> {
    let shop = shop().await?;
    let fields = "<price>1</price><position_in_category>1</position_in_category>";
    assert_eq!(
        refusal(&shop, "PUT", "products/5", &patch(fields)).await?,
        coded(500, "135")
    );
    let inside = format!("<id_category_default>3</id_category_default>{fields}");
    assert_eq!(
        write(&shop, "PUT", "products/5", &patch(&inside)).await?.status,
        200
    );
    Ok(())
}

#[tokio::test]
async fn taxes_and_pictures_are_not_written_with_this_key() -> Result<()> {
    let shop = shop().await?;
    for resource in ["tax_rules", "tax_rule_groups", "images", "orders"] {
        assert_eq!(
            refusal(&shop, "PUT", resource, "").await?,
            coded(405, "25"),
            "{resource}"
        );
    }
    Ok(())
}
