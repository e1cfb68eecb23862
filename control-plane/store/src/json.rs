//! Structured values in text columns.

use serde::{Serialize, de::DeserializeOwned};
use skarv_domain::{Error, Result};

pub(crate) fn text<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::internal(format!("as JSON: {error}")))
}

pub(crate) fn text_of<T: Serialize>(value: Option<&T>) -> Result<Option<String>> {
    value.map(text).transpose()
}

pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::internal(format!("the database holds unreadable JSON: {error}")))
}

pub(crate) fn read_of<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>> {
    text.map(read).transpose()
}
