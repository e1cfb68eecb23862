//! One row of a request: taken over field by field, then validated, then turned into what the database will hold.
//!
//! A field that a POST or a PUT leaves out is wiped; a PATCH leaves it alone. The answer shows what was sent and not what was kept,
//! as the real one's does, so both are made here. One thing is complained about at a time, in the order of the fields; texts in
//! languages are validated before all others.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::{
    Entry, Kind, What,
    body::Element,
    entry::Item,
    kind::{Access, Field, List},
};
use crate::fake::{Version, clock::local, errors::ApiError, wire::Cell};

/// The language that a required text must have.
const DEFAULT_LANGUAGE: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Post,
    Put,
    Patch,
}

/// Where a row is made, and by what kind of request.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) method: Method,
    pub(super) version: Version,
    pub(super) now: DateTime<Utc>,
}

pub(super) struct Draft {
    /// As the answer shows it.
    pub(super) echo: Entry,
    /// As it is kept.
    pub(super) stored: Entry,
}

impl Desk {
    /// `base` is the row as it stands, or a blank one.
    pub(super) fn draft(self, base: &Entry, sent: &Element) -> Result<Draft, ApiError> {
        let kind = base.kind();
        let mut echo = base.clone();
        for (place, field) in kind.fields_in(self.version) {
            if let Some(cell) = self.take_over(field, &base.cells[place], sent)? {
                echo.cells[place] = cell;
            }
        }
        self.name_the_address(&mut echo, sent)?;
        self.date(&mut echo);
        self.validate(kind, &echo)?;
        if let Some(lists) = sent.child("associations") {
            replace_lists(&mut echo, lists);
        }
        let stored = self.store(&echo, base);
        Ok(Draft { echo, stored })
    }

    /// What becomes of a field; None where it stays as it is.
    fn take_over(self, field: &Field, now: &Cell, sent: &Element) -> Result<Option<Cell>, ApiError> {
        let child = sent.child(field.name);
        if field.languages {
            return self.take_over_texts(now, child);
        }
        match child {
            Some(_) if field.is_refused() => Err(not_writable(field)),
            _ if field.is_computed() || field.access == Access::ReadOnly => Ok(None),
            Some(child) => Ok(Some(Cell::Text(Cow::Owned(child.text.clone())))),
            None if self.method == Method::Patch => Ok(None),
            None if field.required => Err(required(field)),
            None => Ok(Some(Cell::Text(Cow::Borrowed(field.preset)))),
        }
    }

    fn take_over_texts(self, now: &Cell, child: Option<&Element>) -> Result<Option<Cell>, ApiError> {
        let Some(child) = child else {
            let wiped = Cell::Languages(Cow::Borrowed(""), Cow::Borrowed(""));
            return Ok((self.method != Method::Patch).then_some(wiped));
        };
        if child.children.is_empty() && !child.text.trim().is_empty() {
            return Err(foreach_over_text());
        }
        let kept = match now {
            Cell::Languages(en, sv) if self.method == Method::Patch => [en.clone(), sv.clone()],
            _ => [Cow::Borrowed(""), Cow::Borrowed("")],
        };
        let text = |id: &str| {
            let mut sent = child.children.iter();
            sent.find(|it| it.name == "language" && it.attribute("id") == Some(id))
                .map(|it| Cow::Owned(it.text.clone()))
        };
        let [en, sv] = kept;
        Ok(Some(Cell::Languages(
            text("1").unwrap_or(en),
            text("2").unwrap_or(sv),
        )))
    }

    /// A new product gets the address of its page from its name, which therefore must be there in languages.
    fn name_the_address(self, echo: &mut Entry, sent: &Element) -> Result<(), ApiError> {
        if echo.what != What::Products || self.method != Method::Post {
            return Ok(());
        }
        if sent.child("name").is_none_or(|name| name.children.is_empty()) {
            return Err(foreach_over_text());
        }
        let places = echo.kind().place("name").zip(echo.kind().place("link_rewrite"));
        let Some((name, address)) = places else {
            return Ok(());
        };
        if let (Cell::Languages(en, sv), Cell::Languages(to_en, to_sv)) =
            (&echo.cells[name], &echo.cells[address])
        {
            let fill = |address: &Cow<'static, str>, name: &str| match address.is_empty() {
                true => Cow::Owned(slug(name)),
                false => address.clone(),
            };
            echo.cells[address] = Cell::Languages(fill(to_en, en), fill(to_sv, sv));
        }
        Ok(())
    }

    /// The change date is the shop's to write; the other one too, where it was not sent.
    fn date(self, echo: &mut Entry) {
        echo.set("date_upd", local(self.now));
        if echo.text("date_add").is_empty() || self.method == Method::Post {
            echo.set("date_add", local(self.now));
        }
    }

    fn validate(self, kind: &Kind, echo: &Entry) -> Result<(), ApiError> {
        let cells = || {
            kind.fields_in(self.version)
                .filter(|(_, field)| field.access == Access::Written)
                .map(|(place, field)| (field, &echo.cells[place]))
        };
        for (field, cell) in cells() {
            if let Cell::Languages(en, sv) = cell {
                for (id, text) in [(1, en), (2, sv)] {
                    let required = field.required && id == DEFAULT_LANGUAGE;
                    let wrong = self.complain(kind, field, text, required);
                    wrong.map_or(Ok(()), |wrong| Err(ApiError::new(400, 84, wrong)))?;
                }
            }
        }
        for (field, cell) in cells() {
            if let Cell::Text(text) = cell {
                let sent_at_all = self.method != Method::Patch || !text.is_empty();
                let wrong = self.complain(kind, field, text, field.required && sent_at_all);
                wrong.map_or(Ok(()), |wrong| Err(ApiError::new(400, 85, wrong)))?;
            }
        }
        Ok(())
    }

    fn complain(self, kind: &Kind, field: &Field, text: &str, required: bool) -> Option<String> {
        // 8.x escapes its own message
        let arrow = if self.version == Version::V8_2_1 {
            "-&gt;"
        } else {
            "->"
        };
        let property = format!("{}{arrow}{}", kind.class, field.name);
        let (length, size) = (text.chars().count(), field.size);
        let wrong = match text {
            "" if required => format!("Property {property} is empty."),
            _ if size > 0 && length > size => format!(
                "The length of property {property} is currently {length} chars. It must be between 0 and {size} chars."
            ),
            "" | "0" => return None,
            _ if field.format.accepts(text) => return None,
            _ => format!("Property {property} is not valid"),
        };
        Some(format!("Validation error: \"{wrong}\""))
    }

    fn store(self, echo: &Entry, base: &Entry) -> Entry {
        let kind = base.kind();
        let mut stored = echo.clone();
        for (place, field) in kind.fields_in(self.version) {
            match &echo.cells[place] {
                Cell::Text(_) if field.access != Access::Written => {
                    stored.cells[place] = base.cells[place].clone()
                }
                Cell::Text(text) => stored.cells[place] = Cell::Text(Cow::Owned(field.format.stored(text))),
                Cell::Languages(..) => {}
            }
        }
        stored.set("indexed", "1");
        stored
    }
}

/// A list that was sent takes the place of the old one; one that was not is left alone.
fn replace_lists(entry: &mut Entry, sent: &Element) {
    for (place, list) in entry.kind().lists.iter().enumerate() {
        if let Some(child) = sent.child(list.name).filter(|_| list.written) {
            entry.lists[place] = items(list, child);
        }
    }
}

fn items(list: &List, sent: &Element) -> Vec<Item> {
    let number = |item: &Element, name: &str| item.text_of(name).trim().parse().unwrap_or_default();
    sent.children
        .iter()
        .map(|item| list.inner.iter().map(|name| number(item, name)).collect())
        .collect()
}

fn required(field: &Field) -> ApiError {
    ApiError::new(400, 41, format!("parameter \"{}\" required", field.name))
}

fn not_writable(field: &Field) -> ApiError {
    let message = format!(
        "parameter \"{}\" not writable. Please remove this attribute of this XML",
        field.name
    );
    ApiError::new(400, 93, message)
}

/// What PHP says when it is given one text where it walks through languages.
fn foreach_over_text() -> ApiError {
    let message = "[PHP Warning #2] Invalid argument supplied for foreach() (/var/www/shop/classes/Product.php, line 8101)";
    ApiError::new(500, 3, message)
}

/// A name as part of an address: small letters without marks, and hyphens.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.to_lowercase().chars() {
        match plain(letter) {
            Some(letter) => slug.push(letter),
            None if slug.ends_with('-') || slug.is_empty() => {}
            None => slug.push('-'),
        }
    }
    slug.trim_end_matches('-').to_owned()
}

fn plain(letter: char) -> Option<char> {
    Some(match letter {
        'a'..='z' | '0'..='9' | '_' => letter,
        'à'..='å' | 'ą' => 'a',
        'ç' | 'ć' => 'c',
        'è'..='ë' | 'ę' => 'e',
        'ì'..='ï' => 'i',
        'ñ' | 'ń' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ł' => 'l',
        'ś' => 's',
        'ź' | 'ż' => 'z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn an_address_is_made_of_a_name_as_the_real_shop_makes_it() {
        assert_eq!(slug("Zażółć gęślą"), "zazolc-gesla");
        assert_eq!(slug("Åkerbönspasta, 500 g!"), "akerbonspasta-500-g");
    }
}
