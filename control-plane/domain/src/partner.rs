//! Agencies that set tenants up and look after them through the API.

use chrono::{DateTime, Utc};

use crate::{
    error::{Error, Result},
    id::{PartnerId, Slug},
};

/// An agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// The id that was chosen for it.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// An agency to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPartner {
    /// The id that was chosen for it.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
}

impl NewPartner {
    /// The same in the form that is stored, or which field is wrong.
    pub fn checked(self) -> Result<Self> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 200 {
            return Err(Error::invalid(
                "partner.display_name",
                "must be 1 to 200 characters",
            ));
        }
        Ok(Self { name, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_has_a_name() {
        let named = |name: &str| {
            NewPartner {
                slug: "webbyran".parse().unwrap(),
                name: name.to_owned(),
            }
            .checked()
        };
        assert_eq!(named(" Webbyrån ").unwrap().name, "Webbyrån");
        for wrong in ["  ", &"å".repeat(201)] {
            assert!(
                matches!(named(wrong), Err(Error::InvalidArgument { field, .. }) if field == "partner.display_name")
            );
        }
    }
}
