//! Our nodes against those of real shops, where somebody has recordings of them.
//!
//! `SKARV_PRESTASHOP_RECORDINGS` names a folder with one folder per version, each with files of one exchange.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use skarv_prestashop::fake::{Config, Version, start};

use super::client::{NOW, Node, all, config, seed};

#[tokio::test]
#[ignore = "reads recordings of real shops, which are not part of the repository; .ci/run does where they are"]
async fn recorded_nodes_have_the_same_elements_as_ours() -> Result<()> {
    #[allow(clippy::disallowed_methods, reason = "a test may look for its recordings")]
    let folder =
        std::env::var("SKARV_PRESTASHOP_RECORDINGS").context("SKARV_PRESTASHOP_RECORDINGS is not set")?;
    for (version, name) in [(Version::V8_2_1, "v8.2.1"), (Version::V1_7_8_11, "v1.7.8.11")] {
        let shop = start(Config {
            version,
            ..config(seed(60, 7, NOW)?)
        })
        .await?;
        for resource in [
            "orders",
            "order_details",
            "customers",
            "addresses",
            "order_histories",
            "order_states",
            "order_carriers",
            "carriers",
            "taxes",
            "countries",
            "currencies",
            "languages",
            "configurations",
            "shops",
            "groups",
        ] {
            let file = format!("{folder}/{name}/12-list-full-limit2-{resource}.http");
            let exchange = std::fs::read_to_string(&file).with_context(|| file.clone())?;
            let xml = exchange
                .find("<?xml")
                .map(|start| &exchange[start..])
                .context("no XML")?;
            let real = Node::parse(xml)?.children.remove(0);
            let ours = all(&shop, resource).await?;
            assert_eq!(elements(&ours), elements(&real.children), "{name} {resource}");
        }
    }
    Ok(())
}

/// Every element of the nodes, except what an association of the real shop happened to be without.
fn elements(nodes: &[Node]) -> BTreeSet<String> {
    let all = nodes.iter().flat_map(Node::paths);
    all.filter(|path| !path.starts_with("associations/taxes/"))
        .collect()
}
