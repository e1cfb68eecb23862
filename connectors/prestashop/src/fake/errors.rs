//! What can be wrong with a request, in the codes and texts of the real webservice.
//!
//! The code tells the truth, the status does not: after a bad filter, sort, limit or display, 8.x trips over its own error and sends
//! four PHP notices along, which turn the 400 into a 500.

use super::{Version, wire};

/// One thing wrong with a query.
#[derive(Debug)]
pub(crate) enum Failure {
    LinkedFilter,
    UnknownFilter { known: Vec<&'static str> },
    DynamicFilter { field: String },
    UnknownDisplay { field: String, known: Vec<&'static str> },
    DisplaySyntax { known: Vec<&'static str> },
    SortSyntax,
    UnknownSort { known: Vec<&'static str> },
    LimitSyntax,
}

impl Failure {
    fn code(&self) -> u16 {
        match self {
            Self::LinkedFilter => 31,
            Self::UnknownFilter { .. } => 32,
            Self::DynamicFilter { .. } => 34,
            Self::UnknownDisplay { .. } => 35,
            Self::DisplaySyntax { .. } => 36,
            Self::SortSyntax => 37,
            Self::UnknownSort { .. } => 38,
            Self::LimitSyntax => 39,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::LinkedFilter => "There is no existing linked table for this resource".to_owned(),
            Self::UnknownFilter { known } => {
                format!(
                    "This filter does not exist. The full list is: \"{}\"",
                    known.join("\", \"")
                )
            }
            Self::DynamicFilter { field } => format!(
                "The field \"{field}\" is dynamic. It is not possible to filter GET query with this field."
            ),
            Self::UnknownDisplay { field, known } => format!(
                "Unable to display this field \"{field}\". However, these are available: {}",
                known.join(", ")
            ),
            Self::DisplaySyntax { known } => format!(
                "The 'display' syntax is wrong. You can set 'full' or '[field_1,field_2,field_3,...]'. \
                 These are available: {}",
                known.join(", ")
            ),
            Self::SortSyntax => "The \"sort\" value has to be formed as this example: \"field_ASC\" or \
                 '[field_1_DESC,field_2_ASC,field_3_ASC,...]' (\"field\" has to be an available field)"
                .to_owned(),
            Self::UnknownSort { known } => format!(
                "Unable to filter by this field. However, these are available: {}, for i18n fields:",
                known.join(", ")
            ),
            Self::LimitSyntax => {
                "The \"limit\" value has to be formed as this example: \"5,25\" or \"10\"".to_owned()
            }
        }
    }
}

/// An answer that is a list of errors.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: u16,
    errors: Vec<(u16, String)>,
    /// Whether PHP notices follow on 8.x.
    trips: bool,
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        Self {
            trips: true,
            ..Self::new(400, failure.code(), failure.message())
        }
    }
}

impl ApiError {
    pub(crate) fn new(status: u16, code: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            errors: vec![(code, message.into())],
            trips: false,
        }
    }

    pub(crate) fn and(mut self, code: u16, message: &str) -> Self {
        self.errors.push((code, message.to_owned()));
        self
    }

    pub(crate) fn empty_key() -> Self {
        Self::new(401, 17, "Authentication key is empty")
    }

    pub(crate) fn malformed_key() -> Self {
        Self::new(401, 18, "Invalid authentication key format")
    }

    /// An unknown key and an inactive one cannot be told apart.
    pub(crate) fn unknown_key() -> Self {
        Self::new(401, 20, "Authentification key is not active")
            .and(21, "No permission for this authentication key")
    }

    pub(crate) fn invalid_method(method: &str) -> Self {
        Self::new(405, 23, format!("Method {method} is not valid"))
    }

    pub(crate) fn denied_method(method: &str, resource: &str) -> Self {
        let message = format!(
            "Method {method} is not allowed for the resource {resource} with this authentication key"
        );
        Self::new(405, 25, message)
    }

    /// What the shop does not do with a resource, whoever asks.
    pub(crate) fn unknown_method(method: &str, resource: &str) -> Self {
        let message = format!("Method {method} is not allowed for the resource {resource}");
        Self::new(405, 101, message)
    }

    pub(crate) fn denied_resource(resource: &str) -> Self {
        let message = format!("Resource of type \"{resource}\" is not allowed with this authentication key");
        Self::new(401, 26, message)
    }

    pub(crate) fn unknown_resource(resource: &str, known: &[&str]) -> Self {
        let message = format!(
            "Resource of type \"{resource}\" does not exists. The full list is: \"{}\"",
            known.join("\", \"")
        );
        Self::new(400, 27, message)
    }

    pub(crate) fn empty_shop_group() -> Self {
        Self::new(500, 999, "This shop group doesn't have shops")
    }

    pub(crate) fn status(&self, version: Version) -> u16 {
        if self.trips && version == Version::V8_2_1 {
            500
        } else {
            self.status
        }
    }

    pub(crate) fn body(&self, version: Version) -> String {
        let mut body = format!("{}<errors>\n", wire::PROLOGUE);
        for (code, message) in &self.errors {
            body += &error(*code, message);
        }
        if self.trips && version == Version::V8_2_1 {
            body += &complaints();
        }
        body + "</errors>\n</prestashop>\n"
    }
}

/// A list of errors that is nothing but PHP's notices.
pub(crate) fn notices() -> String {
    format!("<errors>\n{}</errors>\n", complaints())
}

fn complaints() -> String {
    let complaint = |line: u32| {
        let notice = "[PHP Notice #8] Trying to access array offset on value of type bool";
        let place = format!("(/var/www/shop/classes/webservice/WebserviceRequest.php, line {line})");
        error(5, &format!("{notice} {place}"))
    };
    (1333..=1336).map(complaint).collect()
}

fn error(code: u16, message: &str) -> String {
    let (code, message) = (wire::cdata(&code.to_string()), wire::cdata(message));
    format!("<error>\n<code>{code}</code>\n<message>{message}</message>\n</error>\n")
}
