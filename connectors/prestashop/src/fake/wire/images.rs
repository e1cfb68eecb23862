//! `images`: which products have which pictures. The pictures themselves are not served, and nothing here is written.

use super::{
    resource::{Served, Site},
    xml::Writer,
};
use crate::fake::{
    Version,
    catalogue::{Entry, What},
    errors::ApiError,
    query::Query,
};

const OWNERS: [&str; 7] = [
    "general",
    "products",
    "categories",
    "manufacturers",
    "suppliers",
    "stores",
    "customizations",
];
const SIZES: [&str; 5] = [
    "small_default",
    "cart_default",
    "medium_default",
    "home_default",
    "large_default",
];

pub(super) struct Images(pub(super) Version);

impl Served for Images {
    fn name(&self) -> &'static str {
        "images"
    }

    fn description(&self) -> &'static str {
        "The images"
    }

    fn list(&self, site: &Site<'_>, _query: &Query) -> Result<String, ApiError> {
        Ok(owners(site, self.0))
    }

    fn one(&self, _site: &Site<'_>, _id: u32, _query: &Query) -> Result<Option<String>, ApiError> {
        Ok(None)
    }
}

/// The page at `images/{path}`; None for a product without pictures, and for what is not served.
pub(crate) fn page(site: &Site<'_>, path: &str) -> Option<String> {
    match path.trim_end_matches('/').split_once('/') {
        None if path == "products" => Some(products(site)),
        Some(("products", id)) => pictures(site, id.parse().ok()?),
        _ => None,
    }
}

fn owners(site: &Site<'_>, version: Version) -> String {
    let (patch, webp) = match version {
        Version::V8_2_1 => (" patch=\"false\"", " image/webp,"),
        Version::V1_7_8_11 => ("", ""),
    };
    let rights = format!("get=\"true\" put=\"false\" post=\"false\"{patch} delete=\"false\" head=\"true\"");
    let types = format!("image/gif, image/jpg, image/jpeg, image/pjpeg, image/png,{webp} image/x-png");
    let mut writer = Writer::new(site.api);
    writer.line("<image_types>");
    for owner in OWNERS {
        let link = format!("xlink:href=\"{}images/{owner}\"", site.api);
        writer.line(&format!(
            "<{owner} {link} {rights} upload_allowed_mimetypes=\"{types}\"/>"
        ));
    }
    writer.line("</image_types>");
    writer.finish()
}

fn products(site: &Site<'_>) -> String {
    let mut writer = Writer::new(site.api);
    writer.line("<image_types>");
    for (id, name) in (1..).zip(SIZES) {
        let link = format!("xlink:href=\"{}image_types/{id}\"", site.api);
        writer.line(&format!("<image_type id=\"{id}\" name=\"{name}\" {link}/>"));
    }
    writer.line("</image_types>\n<images>");
    let rows = site.books.assortment.table(What::Products).iter();
    for row in rows.filter(|row| !row.list("images").is_empty()) {
        writer.reference("image", "images/products", row.id);
    }
    writer.line("</images>");
    writer.finish()
}

fn pictures(site: &Site<'_>, product: u32) -> Option<String> {
    let row: &Entry = site.books.assortment.table(What::Products).get(product)?;
    let ids = row.ids("images");
    if ids.is_empty() {
        return None;
    }
    let mut writer = Writer::new(site.api);
    writer.line(&format!("<image id=\"{product}\">"));
    for id in ids {
        writer.reference("declination", &format!("images/products/{product}"), id);
    }
    writer.line("</image>");
    Some(writer.finish())
}
