//! Many rows in one request, and requests that are no XML.

use anyhow::{Context, Result};

use super::{accepted, by_id, coded, product, refusal, request, shop, stock, stock_of, write, writes};

#[tokio::test]
async fn many_rows_of_one_body_are_all_written_and_all_answered() -> Result<()> {
    let shop = shop().await?;
    let mut rows = String::new();
    for id in 1..=20 {
        let id = id.to_string();
        if id != "4" && id != "13" {
            rows += &stock(&stock_of(&shop, &id, "0").await?, &id, "0", "41");
        }
    }
    let answer = accepted(&shop, "PUT", "stock_availables", &rows).await?;
    assert_eq!(answer.len(), 18);
    assert!(
        answer
            .iter()
            .all(|row| row.name == "stock_available" && row.text("quantity") == "41")
    );
    Ok(())
}

#[tokio::test]
async fn what_stands_before_the_row_that_fails_is_kept_and_the_answer_is_only_the_error() -> Result<()> {
    let shop = shop().await?;
    let first = stock_of(&shop, "1", "0").await?;
    let last = stock_of(&shop, "2", "0").await?;
    let rows = [
        stock(&first, "1", "0", "51"),
        stock("999999", "1", "0", "52"),
        stock(&last, "2", "0", "53"),
    ];
    let reply = write(&shop, "PUT", "stock_availables", &rows.concat()).await?;
    assert_eq!((reply.status, reply.codes()?), coded(404, "92"));
    assert!(!reply.body.contains("stock_available>"));
    assert_eq!(
        by_id(&shop, "stock_availables", &first).await?.text("quantity"),
        "51"
    );
    assert_ne!(
        by_id(&shop, "stock_availables", &last).await?.text("quantity"),
        "53"
    );
    assert_eq!(writes(&shop, "stock_availables").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn products_before_the_one_that_fails_are_created() -> Result<()> {
    let shop = shop().await?;
    let rows = product("ONE", "10") + &product("TWO", "1,5");
    assert_eq!(refusal(&shop, "POST", "products", &rows).await?, coded(400, "85"));
    assert_eq!(
        super::list(&shop, "products?filter[reference]=[ONE|TWO]")
            .await?
            .len(),
        1
    );
    Ok(())
}

#[tokio::test]
async fn ids_are_forbidden_in_a_post_and_asked_for_once_in_a_put() -> Result<()> {
    let shop = shop().await?;
    let with = |id: &str| format!("<product>{id}<price>1</price></product>");
    let cases = [
        ("POST", with("<id>5</id>"), 400, "91"),
        ("PUT", with(""), 400, "90"),
        ("PUT", with("<id>5</id>") + &with(""), 400, "90"),
        ("PUT", with("<id>5</id>") + &with("<id>5</id>"), 400, "89"),
        ("PUT", with("<id>99999</id>"), 404, "92"),
    ];
    for (method, rows, status, code) in cases {
        assert_eq!(
            refusal(&shop, method, "products", &rows).await?,
            coded(status, code),
            "{rows}"
        );
    }
    assert!(writes(&shop, "products").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_no_xml_is_refused_with_the_complaints_of_php() -> Result<()> {
    let shop = shop().await?;
    let cases: [(&str, &[&str]); 4] = [
        ("", &["127"]),
        ("{\"product\":{\"price\":1}}", &["3", "127"]),
        ("<prestashop><product><price>1</product>", &["3", "127"]),
        ("<prestashop><product><price>1</price></product>", &["3", "127"]),
    ];
    for (body, codes) in cases {
        let reply = request(&shop, "POST", "products", body).await?;
        assert_eq!(
            (reply.status, reply.codes()?),
            (500, codes.iter().map(|it| (*it).to_owned()).collect())
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_body_is_read_without_a_declaration_with_a_mark_and_from_a_form() -> Result<()> {
    let shop = shop().await?;
    let bare = |name: &str| {
        format!(
            "<prestashop><product><price>1</price><reference>{name}</reference>\
             <name><language id=\"2\">A &amp; <![CDATA[Ö \"Å\"]]></language></name></product></prestashop>"
        )
    };
    let form = format!("xml={}", bare("FORM").replace('%', "%25").replace('&', "%26"));
    for (name, body) in [
        ("BARE", bare("BARE")),
        ("MARK", format!("\u{feff}{}", bare("MARK"))),
        ("FORM", form),
    ] {
        assert_eq!(
            request(&shop, "POST", "products", &body).await?.status,
            201,
            "{name}"
        );
        let kept = super::row(&shop, "products", &format!("filter[reference]=[{name}]")).await?;
        assert_eq!(super::texts(&kept, "name")?, ["", "A & Ö \"Å\""]);
    }
    Ok(())
}

#[tokio::test]
async fn an_entity_of_the_documents_own_is_not_expanded() -> Result<()> {
    let shop = shop().await?;
    let body = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><prestashop><product><price>1</price>\
                <name><language id=\"2\">X&e;</language></name></product></prestashop>";
    let reply = request(&shop, "POST", "products", body).await?;
    assert_eq!(reply.status, 201);
    let row = super::Node::parse(&reply.body)?
        .children
        .into_iter()
        .next()
        .context("no row")?;
    assert_eq!(super::texts(&row, "name")?, ["", "X"]);
    Ok(())
}
