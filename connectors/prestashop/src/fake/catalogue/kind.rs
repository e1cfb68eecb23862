//! What the webservice knows of each table: its fields in their order, what they take, and the lists that hang on a row.
//!
//! One description serves reading, writing and validating, so that the three cannot drift apart. `kinds/` holds the tables.

use super::{entry::Entry, format::Format, kinds};
use crate::fake::{
    Version,
    books::{Books, Table},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Products,
    Combinations,
    ProductOptions,
    ProductOptionValues,
    StockAvailables,
    SpecificPrices,
    Categories,
    TaxRuleGroups,
    TaxRules,
}

impl What {
    pub(crate) const COUNT: usize = 9;

    pub(crate) fn kind(self) -> &'static Kind {
        match self {
            Self::Products => &kinds::PRODUCTS,
            Self::Combinations => &kinds::COMBINATIONS,
            Self::ProductOptions => &kinds::PRODUCT_OPTIONS,
            Self::ProductOptionValues => &kinds::PRODUCT_OPTION_VALUES,
            Self::StockAvailables => &kinds::STOCK_AVAILABLES,
            Self::SpecificPrices => &kinds::SPECIFIC_PRICES,
            Self::Categories => &kinds::CATEGORIES,
            Self::TaxRuleGroups => &kinds::TAX_RULE_GROUPS,
            Self::TaxRules => &kinds::TAX_RULES,
        }
    }
}

/// Which writes the shop knows of a table, whatever a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writes {
    All,
    /// Rows come and go with something else.
    Changes,
    /// Nothing of ours writes it, and the key has no right to.
    None,
}

pub(crate) struct Kind {
    pub(crate) what: What,
    /// As in the address and as the list node.
    pub(crate) name: &'static str,
    pub(crate) node: &'static str,
    pub(crate) description: &'static str,
    /// As validation errors call it.
    pub(crate) class: &'static str,
    pub(crate) writes: Writes,
    pub(crate) table: fn(&Books) -> &Table<Entry>,
    pub(crate) fields: &'static [Field],
    pub(crate) lists: &'static [List],
}

impl Kind {
    pub(crate) const ALL: [What; What::COUNT] = [
        What::Products,
        What::Combinations,
        What::ProductOptions,
        What::ProductOptionValues,
        What::StockAvailables,
        What::SpecificPrices,
        What::Categories,
        What::TaxRuleGroups,
        What::TaxRules,
    ];

    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        let mut kinds = Self::ALL.into_iter().map(What::kind);
        kinds.find(|kind| kind.name == name)
    }

    /// The fields that a release has, each with its place in a row.
    pub(crate) fn fields_in(&self, version: Version) -> impl Iterator<Item = (usize, &'static Field)> {
        let fields = self.fields.iter().enumerate();
        fields.filter(move |(_, field)| field.only.is_none_or(|only| only == version))
    }

    pub(crate) fn place(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|it| it.name == field)
    }

    pub(crate) fn list_place(&self, list: &str) -> Option<usize> {
        self.lists.iter().position(|it| it.name == list)
    }
}

/// What a client may do with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Written,
    /// Written by the shop, and refused in a request.
    ReadOnly,
    /// Computed whenever it is shown: neither filtered nor sorted by.
    Computed,
    /// Computed, and refused in a request.
    ComputedReadOnly,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) format: Format,
    /// In characters; 0 where nobody counts.
    pub(crate) size: usize,
    pub(crate) required: bool,
    /// One text for each language.
    pub(crate) languages: bool,
    /// The resource that the value is an id of.
    pub(crate) target: Option<&'static str>,
    pub(crate) access: Access,
    /// The release that has it, where not both do.
    pub(crate) only: Option<Version>,
    /// What a row has that was sent without it.
    pub(crate) preset: &'static str,
}

pub(crate) const fn field(name: &'static str, format: Format) -> Field {
    Field {
        name,
        format,
        size: 0,
        required: false,
        languages: false,
        target: None,
        access: Access::Written,
        only: None,
        preset: "",
    }
}

/// A text in every language.
pub(crate) const fn texts(name: &'static str, format: Format, size: usize) -> Field {
    Field {
        languages: true,
        size,
        ..field(name, format)
    }
}

/// An id of another resource.
pub(crate) const fn link(name: &'static str, target: &'static str) -> Field {
    Field {
        target: Some(target),
        ..field(name, Format::Id)
    }
}

impl Field {
    pub(crate) const fn size(self, size: usize) -> Self {
        Self { size, ..self }
    }

    pub(crate) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    pub(crate) const fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    pub(crate) const fn only(self, version: Version) -> Self {
        Self {
            only: Some(version),
            ..self
        }
    }

    pub(crate) const fn preset(self, preset: &'static str) -> Self {
        Self { preset, ..self }
    }

    pub(crate) fn is_computed(&self) -> bool {
        matches!(self.access, Access::Computed | Access::ComputedReadOnly)
    }

    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.access, Access::ReadOnly | Access::ComputedReadOnly)
    }

    /// What a fresh row of the database holds.
    pub(crate) fn of_nothing(&self) -> &'static str {
        if self.preset.is_empty() {
            self.format.of_nothing()
        } else {
            self.preset
        }
    }
}

/// A list of other rows on a row, such as the categories of a product.
#[derive(Clone, Copy)]
pub(crate) struct List {
    pub(crate) name: &'static str,
    pub(crate) node: &'static str,
    pub(crate) api: &'static str,
    /// The elements of each item.
    pub(crate) inner: &'static [&'static str],
    /// Whether a request can replace it; what it cannot replace it may still send.
    pub(crate) written: bool,
}
