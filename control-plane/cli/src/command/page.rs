//! Lists to their end: pages are followed until there are no more, or until there is enough.

use anyhow::ensure;
use clap::Args;

/// As many as a page may have.
const PAGE: i32 = 500;

/// How much of a list to show.
#[derive(Args, Debug)]
pub(super) struct Limit {
    /// Show at most this many [default: all]
    #[arg(long)]
    limit: Option<usize>,
}

impl Limit {
    /// Everything that `fetch` gives, page by page, of what is to be kept. `fetch` gets the page's size and token, and gives
    /// items with the next page's token.
    pub(super) async fn collect<T>(
        &self,
        keep: impl Fn(&T) -> bool,
        fetch: impl AsyncFn(i32, String) -> anyhow::Result<(Vec<T>, String)>,
    ) -> anyhow::Result<Vec<T>> {
        let enough = self.limit.unwrap_or(usize::MAX);
        let (mut items, mut token) = (Vec::new(), String::new());
        while items.len() < enough {
            let (page, next) = fetch(PAGE, token.clone()).await?;
            items.extend(page.into_iter().filter(&keep));
            if next.is_empty() {
                break;
            }
            ensure!(next != token, "the server gives the same page again and again");
            token = next;
        }
        items.truncate(enough);
        Ok(items)
    }

    /// All of it that is wanted, without a choice.
    pub(super) async fn all<T>(
        &self,
        fetch: impl AsyncFn(i32, String) -> anyhow::Result<(Vec<T>, String)>,
    ) -> anyhow::Result<Vec<T>> {
        self.collect(|_| true, fetch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn numbers(size: i32, token: String) -> anyhow::Result<(Vec<i32>, String)> {
        let from: i32 = token.parse().unwrap_or(0);
        let next = if from < 2 * size {
            (from + size).to_string()
        } else {
            String::new()
        };
        Ok(((from..from + size).collect(), next))
    }

    #[tokio::test]
    async fn pages_are_followed_to_the_end() {
        let all = Limit { limit: None }.all(numbers).await.unwrap();
        assert_eq!(all, (0..3 * PAGE).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_limit_counts_what_is_kept() {
        let odd = Limit { limit: Some(400) }
            .collect(|n| n % 2 == 1, numbers)
            .await
            .unwrap();
        assert_eq!(odd.len(), 400);
        assert_eq!(odd.last(), Some(&799));
    }

    #[tokio::test]
    async fn a_server_that_never_ends_is_given_up() {
        let stuck = Limit { limit: None }
            .all(async |_, _| Ok((vec![1], "x".to_owned())))
            .await;
        assert!(stuck.is_err());
    }
}
