//! Finding names in recorded texts: ids that a system gave out, and references that are ours.

/// Characters of an id such as `5ca70001-0000-4000-8000-000000000001`.
const ID: usize = 36;

/// What a reference of ours names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Named<'a> {
    /// A record, such as `k3x9qa-1042`, or what follows from it, such as `k3x9qa-1042-R7`.
    Record(&'a str),
    /// What several records share, such as the customer card `k3x9qa-K7`.
    Shared(&'a str),
}

/// Ids in a text, in their order.
pub(super) fn ids(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(candidate) = text.as_bytes().get(at..at + ID) {
        match (is_id(candidate), text.get(at..at + ID)) {
            (true, Some(id)) => {
                found.push(id);
                at += ID;
            }
            _ => at += 1,
        }
    }
    found
}

fn is_id(candidate: &[u8]) -> bool {
    candidate.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// References in a text that begin with the shop's, in their order.
pub(super) fn ours<'a>(text: &'a str, shop_ref: &str) -> Vec<Named<'a>> {
    let stem = format!("{shop_ref}-");
    text.match_indices(&stem)
        .filter_map(|(at, _)| {
            let rest = &text[at + stem.len()..];
            let own = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
            let length = rest.find(|letter| !own(letter)).unwrap_or(rest.len());
            let name = text[at..at + stem.len() + length].trim_end_matches('-');
            match rest.as_bytes().first()? {
                b'0'..=b'9' => Some(Named::Record(name)),
                letter if letter.is_ascii_alphabetic() => Some(Named::Shared(name)),
                _ => None,
            }
        })
        .collect()
}

/// The number of the source record in a reference of ours.
pub(super) fn number(reference: &str, shop_ref: &str) -> Option<u64> {
    let rest = reference.strip_prefix(shop_ref)?.strip_prefix('-')?;
    rest.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let id = "5ca70001-0000-4000-8000-000000000001";
        let text = format!("/åäö/{id}/x?y={id} and 5ca70001-0000-4000-8000-00000000000");
        assert_eq!(ids(&text), [id, id]);
    }

    #[test]
    fn records_and_what_they_share_are_told_apart() {
        let text = r#"{"number":"k3x9qa-K7","ref":"k3x9qa-1042-R7","note":"to k3x9qa-1042.","x":"k3x9qa-"}"#;
        let named = ours(text, "k3x9qa");
        assert_eq!(
            named,
            [
                Named::Shared("k3x9qa-K7"),
                Named::Record("k3x9qa-1042-R7"),
                Named::Record("k3x9qa-1042")
            ]
        );
        assert_eq!(number("k3x9qa-1042-R7", "k3x9qa"), Some(1042));
        assert_eq!(number("k3x9qa-K7", "k3x9qa"), None);
    }
}
