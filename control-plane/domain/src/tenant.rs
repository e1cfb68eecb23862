//! Merchant companies that subscribe. Their partners are in `partner`.

use chrono::{DateTime, Utc};

use crate::{
    error::{Error, Result},
    id::{PartnerId, PoolId, Slug, TenantId},
};

/// A merchant company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// The id that was chosen for it.
    pub slug: Slug,
    /// The partner that manages it, if one does.
    pub partner: Option<PartnerId>,
    /// What people call it.
    pub name: String,
    /// Swedish organisation number, ten digits with a hyphen, or empty.
    pub org_number: String,
    /// The pool whose agents work for it.
    pub pool: PoolId,
    /// Grows with every change.
    pub etag: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A tenant to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTenant {
    /// The id that was chosen for it.
    pub slug: Slug,
    /// The partner that is to manage it.
    pub partner: Option<PartnerId>,
    /// What people call it.
    pub name: String,
    /// Organisation number as it was typed, or empty.
    pub org_number: String,
    /// The pool whose agents are to work for it; `None` is the default pool.
    pub pool: Option<PoolId>,
}

impl NewTenant {
    /// The same in the form that is stored, or which field is wrong.
    pub fn checked(self) -> Result<Self> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 200 {
            return Err(Error::invalid(
                "tenant.display_name",
                "must be 1 to 200 characters",
            ));
        }
        let org_number = org_number(&self.org_number)?;
        Ok(Self {
            name,
            org_number,
            ..self
        })
    }
}

/// An organisation number in the form `556677-8899`; empty stays empty.
fn org_number(typed: &str) -> Result<String> {
    let typed = typed.trim();
    let digits: String = typed.chars().filter(|c| *c != '-' && *c != ' ').collect();
    if digits.is_empty() {
        return Ok(String::new());
    }
    // twelve digits carry the century first, as on forms for sole traders
    let ten = match digits.len() {
        10 => digits.as_str(),
        12 => digits.get(2..).unwrap_or_default(),
        _ => "",
    };
    if ten.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::invalid(
            "tenant.org_number",
            "must be ten digits such as 556677-8899, or empty",
        ));
    }
    Ok(format!("{}-{}", &ten[..6], &ten[6..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, org_number: &str) -> NewTenant {
        NewTenant {
            slug: "bagarn".parse().unwrap(),
            partner: None,
            name: name.to_owned(),
            org_number: org_number.to_owned(),
            pool: None,
        }
    }

    #[test]
    fn organisation_numbers_are_stored_in_one_form() {
        for typed in ["5566778899", "556677-8899", " 165566778899 ", "16556677-8899"] {
            assert_eq!(
                with("Bagar'n", typed).checked().unwrap().org_number,
                "556677-8899",
                "{typed}"
            );
        }
        assert_eq!(with("Bagar'n", " ").checked().unwrap().org_number, "");
    }

    #[test]
    fn a_wrong_field_is_named() {
        let field = |new: NewTenant| match new.checked() {
            Err(Error::InvalidArgument { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(field(with("Bagar'n", "55667788é9")), "tenant.org_number");
        assert_eq!(field(with("Bagar'n", "aé345678901")), "tenant.org_number");
        assert_eq!(field(with("Bagar'n", "12345")), "tenant.org_number");
        assert_eq!(field(with("  ", "")), "tenant.display_name");
    }
}
