//! Article numbers to the products and combinations that bear them, in as few questions as their length allows.
//!
//! The database finds numbers without regard to case and by its own rules, so what it finds is compared again here, exactly. A
//! product whose own combination bears its number too is not named: the combination is what is sold. Which of several is
//! meant is never chosen.

use std::collections::{BTreeSet, HashMap};

use skarv_connector::{Error, Found};

use crate::{
    api::{Api, Query, Resource},
    batch::{self, Nodes},
    error,
    row::Unreadable,
    xml::Node,
};

const REFERENCE: &str = "reference";
const PRODUCTS: Resource = Resource::fields("products", "product", "[id,reference,name,combinations[id]]");
const COMBINATIONS: Resource = Resource::fields("combinations", "combination", "[id,id_product,reference]");

/// What ends a filter, splits it, or is changed on its way into the database.
const MEANT_OTHERWISE: [char; 11] = ['[', ']', '\\', '|', ',', '%', '`', '"', '\'', '&', '*'];

/// The reason of a number that no product and no combination bears.
pub(crate) const NOT_THERE: &str = "article_not_there";

/// Where an article number stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) product: u64,
    pub(crate) combination: Option<u64>,
    /// The name of the product, in the first language that has one. Of a combination only where its number stands elsewhere too.
    pub(crate) name: String,
    /// Whether it is a product that is sold in combinations, and not by itself.
    pub(crate) in_combinations: bool,
    /// Why nothing more is known of it: the shop cannot show what bears the number.
    pub(crate) stuck: Option<Unreadable>,
}

impl Place {
    /// `12`, or of a combination `12-34`.
    pub(crate) fn key(&self) -> String {
        match self.combination {
            Some(combination) => format!("{}-{combination}", self.product),
            None => self.product.to_string(),
        }
    }
}

/// Where each of these numbers stands. A number that is not in the shop is not in the answer.
pub(crate) async fn places(api: &Api, numbers: &[String]) -> Result<HashMap<String, Vec<Place>>, Error> {
    let numbers: BTreeSet<&str> = numbers.iter().map(String::as_str).collect();
    let numbers: Vec<&str> = numbers.into_iter().filter(|number| !number.is_empty()).collect();
    let (products, combinations) =
        tokio::try_join!(rows(api, PRODUCTS, &numbers), rows(api, COMBINATIONS, &numbers))?;
    let mut places: HashMap<String, Vec<Place>> = HashMap::new();
    for (number, place) in products.rows.iter().filter_map(product) {
        places.entry(number).or_default().push(place);
    }
    for (number, place) in combinations.rows.iter().filter_map(combination) {
        let places = places.entry(number).or_default();
        places.retain(|other| other.product != place.product || other.combination.is_some());
        places.push(place);
    }
    name_doubled(api, &mut places).await?;
    for (resource, numbers) in [
        (PRODUCTS, products.unreadable),
        (COMBINATIONS, combinations.unreadable),
    ] {
        for number in numbers {
            let place = stuck(resource, &number);
            places.entry(number).or_default().push(place);
        }
    }
    Ok(places)
}

/// The one place of a number.
pub(crate) fn the_one<'a>(places: &'a HashMap<String, Vec<Place>>, number: &str) -> Result<&'a Place, Error> {
    let places = places.get(number).map(Vec::as_slice).unwrap_or_default();
    if let Some(stuck) = places.iter().find_map(|place| place.stuck.clone()) {
        return Err(Error::new(stuck.reason()));
    }
    match places {
        [place] => Ok(place),
        [] => Err(Error::data(NOT_THERE).with("number", number)),
        several => Err(Error::data("article_number_doubled")
            .with("number", number)
            .with("articles", told(several))
            .fix("change_article_number")),
    }
}

/// What bears a number, as a sink finds it. More than one is nobody's choice here.
pub(crate) async fn found(api: &Api, number: &str) -> Result<Option<Found>, Error> {
    let number = number.to_owned();
    let places = places(api, std::slice::from_ref(&number)).await?;
    match the_one(&places, &number) {
        Ok(place) => Ok(Some(Found {
            foreign_id: place.key(),
            mismatch: None,
        })),
        Err(error) if error.reason.code == NOT_THERE => Ok(None),
        Err(error) => Err(error),
    }
}

fn told(places: &[Place]) -> String {
    let told = |place: &Place| format!("{} ({})", place.name, place.key());
    places.iter().map(told).collect::<Vec<_>>().join(", ")
}

fn product(row: &Node) -> Option<(String, Place)> {
    let associations = row.child("associations");
    let combinations = associations.and_then(|lists| lists.child("combinations"));
    let place = Place {
        product: row.text("id").parse().ok()?,
        combination: None,
        name: name(row),
        in_combinations: combinations.is_some_and(|list| !list.children().is_empty()),
        stuck: None,
    };
    Some((row.text(REFERENCE).to_owned(), place))
}

fn combination(row: &Node) -> Option<(String, Place)> {
    let place = Place {
        product: row.text("id_product").parse().ok()?,
        combination: Some(row.text("id").parse().ok()?),
        name: String::new(),
        in_combinations: false,
        stuck: None,
    };
    Some((row.text(REFERENCE).to_owned(), place))
}

fn stuck(resource: Resource, number: &str) -> Place {
    Place {
        product: 0,
        combination: None,
        name: String::new(),
        in_combinations: false,
        stuck: Some(Unreadable::NotShown {
            resource: resource.path,
            field: REFERENCE,
            value: number.to_owned(),
        }),
    }
}

/// A shop with one language writes the text itself.
fn name(product: &Node) -> String {
    let texts = product.child("name").into_iter().flat_map(Node::children);
    let mut texts = texts.map(Node::own_text).chain([product.text("name")]);
    texts.find(|text| !text.is_empty()).unwrap_or_default().to_owned()
}

/// Who has to choose between two combinations knows them by their products.
async fn name_doubled(api: &Api, places: &mut HashMap<String, Vec<Place>>) -> Result<(), Error> {
    let mut nameless: Vec<&mut Place> = places
        .values_mut()
        .filter(|places| places.len() > 1)
        .flatten()
        .filter(|place| place.name.is_empty())
        .collect();
    if nameless.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<String> = nameless.iter().map(|place| place.product.to_string()).collect();
    let rows = batch::nodes(api, PRODUCTS, "id", ids.into_iter().collect())
        .await?
        .rows;
    let names: HashMap<u64, String> = rows
        .iter()
        .filter_map(product)
        .map(|(_, place)| (place.product, place.name))
        .collect();
    for place in &mut nameless {
        place.name = names.get(&place.product).cloned().unwrap_or_default();
    }
    Ok(())
}

/// The rows that bear these numbers, and the numbers whose rows cannot be had.
async fn rows(api: &Api, resource: Resource, numbers: &[&str]) -> Result<Nodes, Error> {
    let (odd, plain): (Vec<&str>, Vec<&str>) = numbers
        .iter()
        .copied()
        .partition(|number| number.contains(MEANT_OTHERWISE));
    let plain = plain.into_iter().map(str::to_owned).collect();
    let mut found = batch::nodes(api, resource, REFERENCE, plain).await?;
    for number in odd {
        let query = Query::of(resource).containing(REFERENCE, longest_part(number));
        match api.list(query).await {
            Ok(listing) => {
                let borne = listing
                    .rows
                    .into_iter()
                    .filter(|row| row.text(REFERENCE) == number);
                found.rows.extend(borne);
            }
            Err(error) if error::may_be_one_row(&error) => found.unreadable.push(number.to_owned()),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The longest part of a number that the shop takes for what it is.
fn longest_part(number: &str) -> &str {
    let parts = number.split(MEANT_OTHERWISE);
    parts.max_by_key(|part| part.len()).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_signs_is_asked_for_by_its_longest_part() {
        for (number, part) in [
            ("A|BCD", "BCD"),
            ("[X]-70,5", "-70"),
            ("50% ULL", "ULL"),
            ("12", "12"),
        ] {
            assert_eq!(longest_part(number), part);
        }
    }

    #[test]
    fn an_article_that_stands_twice_is_told_with_both_its_names() {
        let place = |product, combination, name: &str| Place {
            product,
            combination,
            name: name.to_owned(),
            in_combinations: false,
            stuck: None,
        };
        let twice = vec![place(6, None, "Lykta"), place(7, Some(21), "Skål")];
        let places = HashMap::from([("GG-1".to_owned(), twice)]);
        let error = the_one(&places, "GG-1").unwrap_err();
        assert_eq!(error.reason.params["articles"], "Lykta (6), Skål (7-21)");
        assert_eq!(
            the_one(&places, "GG-2").unwrap_err().reason.code,
            "article_not_there"
        );
    }
}
