//! What a shop's own release and key let us do beyond reading, learned from the webservice's front page.
//!
//! A PUT wipes whatever it does not send, and so does a PATCH of a key that may not: which of the two is used is decided here.

use skarv_connector::Error;

use crate::api::{Api, Resource, Rights};

/// The first release that knows PATCH.
const PATCHES_FROM: u32 = 8;

/// Whether rows of this kind are changed by sending the changed fields alone.
pub(crate) async fn writes_by_patch(api: &Api, resource: Resource) -> Result<bool, Error> {
    Ok(may_patch(&api.rights().await?, resource.path))
}

/// Whether the shop knows that way of changing, and the key may use it.
pub(crate) fn may_patch(rights: &Rights, resource: &str) -> bool {
    knows_patch(rights) && rights.may_patch(resource)
}

/// A release that is not told is judged by the key's rights alone: older ones do not list this one.
fn knows_patch(rights: &Rights) -> bool {
    let major = rights.version.split('.').next().unwrap_or_default();
    major.parse::<u32>().map_or(true, |major| major >= PATCHES_FROM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Node;

    #[test]
    fn only_a_release_that_knows_patch_is_patched() {
        let front = Node::parse("<api><products patch=\"true\"/><orders patch=\"false\"/></api>").unwrap();
        for (version, knows) in [("1.7.8.11", false), ("8.0.0", true), ("9.1.0", true), ("", true)] {
            assert_eq!(knows_patch(&Rights::of(&front, version)), knows, "{version}");
        }
        let rights = Rights::of(&front, "8.2.1");
        assert!(rights.may_patch("products") && !rights.may_patch("orders"));
    }
}
