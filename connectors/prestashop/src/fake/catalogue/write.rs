//! POST, PUT, PATCH and DELETE on the catalogue, in the order of questions of the real webservice.
//!
//! A body may hold several rows, and there is no transaction round them: what stands before the one that fails is kept, and the
//! answer tells of the failure alone. The id in the address means nothing to a PUT; the one in the body decides.

use chrono::{DateTime, Utc};

use super::{
    Assortment, Entry, Kind, What,
    body::{self, Element},
    draft::{Desk, Draft, Method},
    journal::By,
};
use crate::fake::{Version, errors::ApiError};

/// A write as it came in.
pub(crate) struct Request<'a> {
    pub(crate) kind: &'static Kind,
    pub(crate) method: &'a str,
    /// What follows the resource in the address.
    pub(crate) id: &'a str,
    /// The parameter of that name.
    pub(crate) ids: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

/// What an accepted write answers.
pub(crate) enum Written {
    /// Rows as they were sent, under a status.
    Rows(u16, Vec<Entry>),
    /// An empty answer.
    Gone,
}

pub(crate) fn write(
    assortment: &mut Assortment,
    request: &Request<'_>,
    version: Version,
    now: DateTime<Utc>,
) -> Result<Written, ApiError> {
    let method = match request.method {
        "DELETE" => return delete(assortment, request, version, now),
        "POST" => Method::Post,
        "PATCH" => Method::Patch,
        _ => Method::Put,
    };
    let sent = body::parse(request.body)?;
    check_ids(&sent.children, method)?;
    let desk = Desk { method, version, now };
    let mut echoes = Vec::new();
    for element in &sent.children {
        echoes.push(assortment.save(By::Webservice, desk, request.kind.what, element)?);
    }
    // the rows are written by now, whatever PHP finds to complain about when it shows them
    match assortment.complaint(&echoes, version) {
        Some(complaint) => Err(complaint),
        None if method == Method::Post => Ok(Written::Rows(201, echoes)),
        None => Ok(Written::Rows(200, echoes)),
    }
}

fn check_ids(rows: &[Element], method: Method) -> Result<(), ApiError> {
    let mut ids: Vec<&str> = rows.iter().map(|row| row.text_of("id")).collect();
    ids.retain(|id| !id.is_empty());
    if method == Method::Post {
        return match ids.is_empty() {
            true => Ok(()),
            false => Err(ApiError::new(
                400,
                91,
                "id is forbidden when adding a new resource",
            )),
        };
    }
    let sent = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < sent {
        return Err(ApiError::new(400, 89, "id is duplicate in request"));
    }
    match sent == rows.len() {
        true => Ok(()),
        false => Err(ApiError::new(400, 90, "id is required when modifying a resource")),
    }
}

fn delete(
    assortment: &mut Assortment,
    request: &Request<'_>,
    version: Version,
    now: DateTime<Utc>,
) -> Result<Written, ApiError> {
    let named = request.ids.filter(|_| request.id.is_empty());
    let list = named.map_or(request.id, |ids| ids.trim_matches(['[', ']']));
    let mut ids: Vec<u32> = list.split(',').map(|id| id.trim().parse().unwrap_or(0)).collect();
    if named.is_none() {
        // of several ids in the address only the first counts
        ids.truncate(1);
    }
    let what = request.kind.what;
    let missing: Vec<String> = ids
        .iter()
        .filter(|&&id| assortment.get(what, id).is_none())
        .map(u32::to_string)
        .collect();
    if !missing.is_empty() {
        let message = format!("Id(s) not exists: {}", missing.join(", "));
        // 8.x stumbles over an address without an id before it says so
        return Err(
            match named.is_none() && request.id.is_empty() && version == Version::V8_2_1 {
                true => {
                    let place = "(/var/www/shop/classes/webservice/WebserviceRequest.php, line 1485)";
                    ApiError::new(404, 5, format!("[PHP Notice #8] Undefined offset: 1 {place}"))
                        .and(87, &message)
                }
                false => ApiError::new(404, 87, message),
            },
        );
    }
    for id in ids {
        assortment.delete(By::Webservice, what, id, now);
    }
    Ok(Written::Gone)
}

impl Assortment {
    /// Writes one row and gives it back as the answer shows it.
    pub(super) fn save(&mut self, by: By, desk: Desk, what: What, sent: &Element) -> Result<Entry, ApiError> {
        let id = sent.text_of("id").parse().unwrap_or(0);
        if by == By::Webservice && what == What::StockAvailables {
            self.sell_what_waits(id, desk.now);
        }
        let base = match desk.method {
            Method::Post => Entry::blank(what, 0),
            Method::Put | Method::Patch => {
                let row = self.get(what, id).cloned();
                row.ok_or_else(|| ApiError::new(404, 92, "Invalid ID"))?
            }
        };
        let Draft { echo, stored } = desk.draft(&base, sent)?;
        self.check_position(&stored, sent)?;
        if self.is_taken(&stored) {
            return Err(ApiError::new(500, 46, "Unable to save resource"));
        }
        let id = match desk.method {
            Method::Post => self.add(by, stored, desk.now),
            Method::Put | Method::Patch => {
                self.change(by, stored, desk.now);
                id
            }
        };
        Ok(self.shown(id, echo, desk.method))
    }

    /// A product cannot be put behind the last of its category; where it is put otherwise nobody looks.
    fn check_position(&self, product: &Entry, sent: &Element) -> Result<(), ApiError> {
        let asked = sent
            .child("position_in_category")
            .filter(|_| product.what == What::Products);
        let Some(position) = asked.and_then(|it| it.text.parse::<usize>().ok()) else {
            return Ok(());
        };
        let last = self.products_in(product.number("id_category_default"));
        if position <= last {
            return Ok(());
        }
        let message = "You cannot set a position greater than the total number of products in the category, starting at 1.";
        Err(ApiError::new(500, 135, message))
    }

    /// Whether a unique index of the database forbids the row.
    fn is_taken(&self, row: &Entry) -> bool {
        const PRICE_KEY: [&str; 13] = [
            "id_product",
            "id_product_attribute",
            "id_customer",
            "id_cart",
            "from",
            "to",
            "id_shop",
            "id_shop_group",
            "id_currency",
            "id_country",
            "id_group",
            "from_quantity",
            "id_specific_price_rule",
        ];
        let key: &[&str] = match row.what {
            What::SpecificPrices => &PRICE_KEY,
            // a product has one default
            What::Combinations if row.text("default_on") == "1" => &["id_product", "default_on"],
            _ => return false,
        };
        let mut rows = self.table(row.what).iter().filter(|other| other.id != row.id);
        rows.any(|other| key.iter().all(|field| other.text(field) == row.text(field)))
    }

    /// What was sent, with what the shop put to it.
    fn shown(&self, id: u32, mut echo: Entry, method: Method) -> Entry {
        echo.id = id;
        let Some(kept) = self.get(echo.what, id) else {
            return echo;
        };
        let is_option = matches!(echo.what, What::ProductOptions | What::ProductOptionValues);
        for (place, field) in echo.kind().fields.iter().enumerate() {
            let is_placed = is_option && field.name == "position";
            if field.is_computed() || field.is_refused() || is_placed {
                echo.cells[place] = kept.cells[place].clone();
            }
        }
        if method != Method::Patch && echo.what == What::Products {
            echo.set("quantity", "");
        }
        echo.lists.clone_from(&kept.lists);
        echo
    }
}
