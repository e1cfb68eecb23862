//! Writing articles into the shop: matched by their number, made where they are missing, changed where they differ.
//!
//! An article is never deleted, only taken off sale. What stands is read before it is changed, so that an article that says what the
//! card says is not sent at all, and so that a shop which knows no PATCH gets its whole row back with the changes in it. The
//! number is the link: a row that bears another one by now is not the article any more.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Reason,
    article::{ArticleCard, ArticleField},
    spec::ProductSettings,
    write::{Document, Write},
};
use skarv_connector::{Delivery, Error, Found, Put, Receipt, Sink};
use skarv_http::SendWindow;
use tokio::sync::OnceCell;

use super::{
    assemble::{chosen, key},
    card::Rules,
    fit::Fit,
    fresh,
    page::Chosen,
    rates::Rates,
    shelf::Shelf,
};
use crate::{
    api::{Api, Query, Resource},
    batch, error, numbers,
    shop::ShopSettings,
    system,
    xml::Node,
};

const PRODUCTS: Resource = Resource::full("products", "product");
const COMBINATIONS: Resource = Resource::full("combinations", "combination");
const CATEGORIES: Resource = Resource::fields("categories", "category", "[id]");

/// What the shop computes itself and refuses, or may refuse, to be sent; and lists, which are kept when they are left out.
const NOT_SENT: [&str; 4] = [
    "manufacturer_name",
    "quantity",
    "position_in_category",
    "associations",
];

/// Writes the articles of one shop.
pub(crate) struct Articles {
    api: Api,
    settings: ProductSettings,
    shelf: OnceCell<Shelf>,
    root: OnceCell<String>,
    patches_products: OnceCell<bool>,
    patches_combinations: OnceCell<bool>,
}

#[async_trait]
impl Sink for Articles {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        numbers::found(&self.api, &card(write)?.sku).await
    }

    async fn match_existing(&self, write: &Write) -> Result<Option<Found>, Error> {
        self.find(write).await
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let card = card(put.write)?;
        match put.existing {
            Some(id) => self.update(card, id, put.window).await,
            None if card.may_create => self.create(card, put.window).await,
            None => Err(Error::data(numbers::NOT_THERE).with("number", &card.sku)),
        }
    }

    async fn obstacles(&self, _now: DateTime<Utc>) -> Result<Vec<Reason>, Error> {
        let mut obstacles = Vec::new();
        if self.settings.fields.contains(&ArticleField::Vat) {
            let shelf = self.shelf().await?;
            obstacles.extend(wrong_groups(&self.settings, &shelf.rates));
        }
        obstacles.extend(missing_category(&self.api, &self.settings).await?);
        Ok(obstacles)
    }
}

/// Groups of the settings that bear another tax in the shop, or none that could be told.
pub(crate) fn wrong_groups<'a>(
    settings: &'a ProductSettings,
    rates: &'a Rates,
) -> impl Iterator<Item = Reason> + 'a {
    let wrong = |(rate, group): (&skarv_canonical::vat::VatRate, &String)| {
        let found = group.parse().ok().and_then(|id| rates.of_group(id));
        (found != Some(*rate)).then(|| {
            Reason::configuration("tax_group_wrong")
                .with("group", group)
                .with("rate", rate)
                .fix("choose_tax_group")
        })
    };
    settings.tax_groups.iter().filter_map(wrong)
}

/// The category that new products are to be put in, where the shop does not have it.
pub(crate) async fn missing_category(api: &Api, settings: &ProductSettings) -> Result<Option<Reason>, Error> {
    let Some(category) = &settings.category else {
        return Ok(None);
    };
    let found = batch::nodes(api, CATEGORIES, "id", vec![category.clone()]).await?;
    Ok(found.rows.is_empty().then(|| {
        Reason::configuration("category_missing")
            .with("category", category)
            .fix("choose_category")
    }))
}

impl Articles {
    pub(crate) fn new(api: Api, settings: ProductSettings) -> Self {
        Self {
            api,
            settings,
            shelf: OnceCell::new(),
            root: OnceCell::new(),
            patches_products: OnceCell::new(),
            patches_combinations: OnceCell::new(),
        }
    }

    async fn shelf(&self) -> Result<&Shelf, Error> {
        let read = async || {
            let shop = ShopSettings::read(&self.api).await?;
            Shelf::read(&self.api, &shop, &self.settings).await
        };
        self.shelf.get_or_try_init(read).await
    }

    async fn rules(&self) -> Result<Rules<'_>, Error> {
        Ok(Rules {
            settings: &self.settings,
            shelf: self.shelf().await?,
        })
    }

    async fn update(
        &self,
        card: &ArticleCard,
        id: &str,
        window: Option<SendWindow>,
    ) -> Result<Receipt, Error> {
        let gone = || {
            Error::data("article_gone")
                .with("number", &card.sku)
                .fix("check_in_source")
        };
        let Chosen { product, combination } = chosen(id).ok_or_else(gone)?;
        let row = self.standing(PRODUCTS, product).await?.ok_or_else(gone)?;
        let rules = self.rules().await?;
        let mut fit = Fit::of(&card.sku);
        match combination {
            None if number_of(&row) != card.sku => return Err(gone()),
            None => {
                let changed = rules.product(card, &row, &mut fit)?;
                self.change(PRODUCTS, row, changed, window).await?;
            }
            Some(combination) => {
                let own = self.standing(COMBINATIONS, combination).await?.ok_or_else(gone)?;
                if number_of(&own) != card.sku || own.text("id_product") != row.text("id") {
                    return Err(gone());
                }
                let changed = rules.combination(card, (&own, &row), &mut fit)?;
                self.change(COMBINATIONS, own, changed, window).await?;
            }
        }
        Ok(Receipt {
            remarks: fit.remarks(),
            ..Receipt::of(id)
        })
    }

    /// Sends what is changed on a row, if anything is.
    async fn change(
        &self,
        resource: Resource,
        mut row: Node,
        changed: Vec<Node>,
        window: Option<SendWindow>,
    ) -> Result<(), Error> {
        if changed.is_empty() {
            return Ok(());
        }
        if self.patches(resource).await? {
            let patch = Node::new(resource.node)
                .with("id", row.text("id"))
                .holding(changed);
            self.api.patch(resource, vec![patch], window).await?;
        } else {
            row.drop_all(&NOT_SENT);
            changed.into_iter().for_each(|element| row.put(element));
            self.api.replace(resource, vec![row], window).await?;
        }
        Ok(())
    }

    async fn patches(&self, resource: Resource) -> Result<bool, Error> {
        let known = match resource.path {
            path if path == PRODUCTS.path => &self.patches_products,
            _ => &self.patches_combinations,
        };
        let read = || system::writes_by_patch(&self.api, resource);
        known.get_or_try_init(read).await.copied()
    }

    async fn standing(&self, resource: Resource, id: u64) -> Result<Option<Node>, Error> {
        let nodes = batch::nodes(&self.api, resource, "id", vec![id.to_string()]).await?;
        match nodes.unreadable.is_empty() {
            true => Ok(nodes.rows.into_iter().next()),
            false => Err(Error::data("record_not_shown")
                .with("resource", resource.path)
                .with("field", "id")
                .with("value", id)
                .fix("mend_record_in_shop")),
        }
    }

    async fn create(&self, card: &ArticleCard, window: Option<SendWindow>) -> Result<Receipt, Error> {
        let rules = self.rules().await?;
        let mut fit = Fit::of(&card.sku);
        let row = fresh::product(card, &rules, self.category().await?, &mut fit)?;
        let made = self.api.create(PRODUCTS, vec![row], window).await?;
        let id = made.first().and_then(|row| row.text("id").parse::<u64>().ok());
        let id = id.ok_or_else(|| error::unreadable(PRODUCTS.path).delivery(Delivery::Answered))?;
        Ok(Receipt {
            mismatch: self.misunderstood(card, id, &rules).await,
            remarks: fit.remarks(),
            ..Receipt::of(key(Chosen {
                product: id,
                combination: None,
            }))
        })
    }

    /// The category of new products: as the settings say, or the shop's own root.
    async fn category(&self) -> Result<&str, Error> {
        if let Some(category) = &self.settings.category {
            return Ok(category);
        }
        let read = async || {
            let root = Query::of(CATEGORIES).any("is_root_category", &["1".to_owned()]);
            let rows = self.api.list(root).await?.rows;
            let id = rows.first().map(|row| row.text("id").to_owned());
            id.ok_or_else(|| {
                Error::configuration("category_missing")
                    .with("category", "")
                    .fix("choose_category")
            })
        };
        self.root.get_or_try_init(read).await.map(String::as_str)
    }

    /// What the shop made something else of. It answers with what it was sent, so what it keeps is read again; that this
    /// cannot be read now says nothing against the article, which stands.
    async fn misunderstood(&self, card: &ArticleCard, id: u64, rules: &Rules<'_>) -> Option<Reason> {
        let row = self.standing(PRODUCTS, id).await.ok().flatten()?;
        let mut differing = rules.product(card, &row, &mut Fit::of(&card.sku)).ok()?;
        differing.extend((number_of(&row) != card.sku).then(|| Node::new("reference")));
        let fields: Vec<&str> = differing.iter().map(Node::name).collect();
        (!fields.is_empty()).then(|| {
            Reason::data("article_differs")
                .with("number", &card.sku)
                .with("fields", fields.join(", "))
                .fix("check_article_in_shop")
        })
    }
}

fn number_of(row: &Node) -> &str {
    row.text("reference")
}

fn card(write: &Write) -> Result<&ArticleCard, Error> {
    match &write.document {
        Document::Article(card) => Ok(card),
        _ => Err(Error::configuration("not_supported")),
    }
}
