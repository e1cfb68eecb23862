//! Lists in pages. The position is opaque to callers; the edge binds it to the request that it belongs to.

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many items.
    pub size: u32,
    /// Where the previous page ended; `None` starts over.
    pub after: Option<String>,
}

impl Page {
    /// The first page of at most so many items.
    pub fn first(size: u32) -> Self {
        Self { size, after: None }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when there is none.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listed<U> {
        Listed {
            items: self.items.into_iter().map(change).collect(),
            next: self.next,
        }
    }
}
