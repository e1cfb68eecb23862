//! Bounds for what agents say and people are told: a list as long as it may be, a text as long as it may be.

/// Cuts a text to at most so many characters.
pub(super) fn cut(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
}

/// Takes items from the front while their sizes fit in so much. Whether all did.
pub(super) fn fit<T>(items: &mut Vec<T>, most: usize, size: impl Fn(&T) -> usize) -> bool {
    let mut room = most;
    let fitting = items.iter().take_while(|item| {
        let left = room.checked_sub(size(item));
        room = left.unwrap_or(0);
        left.is_some()
    });
    let (fitting, all) = (fitting.count(), items.len());
    items.truncate(fitting);
    fitting == all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        let mut text = "Åäö".to_owned();
        cut(&mut text, 2);
        assert_eq!(text, "Åä");
        cut(&mut text, 2);
        assert_eq!(text, "Åä");
    }

    #[test]
    fn what_does_not_fit_and_all_after_it_is_left_out() {
        let mut sizes = vec![4, 4, 9, 1];
        assert!(!fit(&mut sizes, 10, |size| *size));
        assert_eq!(sizes, [4, 4]);
        assert!(fit(&mut sizes, 8, |size| *size));
    }
}
