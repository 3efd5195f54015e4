//! Memory for trees. Most trees are small and short-lived, and an allocation is a good part of their cost.

use std::cell::Cell;

use super::node::Entry;

/// The longest list that is kept, which is 48 KiB.
const MAX_KEPT: usize = 2048;

thread_local! {
    static SPARE: Cell<Vec<Entry<'static>>> = const { Cell::new(Vec::new()) };
}

/// An empty list, with the memory of the last one that this thread gave back.
pub(super) fn take<'t>() -> Vec<Entry<'t>> {
    SPARE.try_with(Cell::take).unwrap_or_default()
}

/// Takes a list that is no longer needed.
pub(super) fn give_back(mut entries: Vec<Entry<'_>>) {
    if entries.capacity() <= MAX_KEPT {
        entries.clear();
        // An empty list that borrows from nothing. The standard library collects it in place.
        let entries: Vec<Entry<'static>> = entries.into_iter().map(|_| Entry::Null).collect();
        // A thread that ends needs no memory.
        let _ = SPARE.try_with(|spare| spare.set(entries));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_used_again() {
        let mut list = take();
        list.reserve_exact(100);
        let (memory, capacity) = (list.as_ptr().addr(), list.capacity());
        list.push(Entry::Null);
        give_back(list);
        let list = take();
        assert!(list.is_empty());
        assert_eq!((list.as_ptr().addr(), list.capacity()), (memory, capacity));
    }

    #[test]
    fn a_long_list_is_not_kept() {
        give_back(Vec::with_capacity(MAX_KEPT + 1));
        assert_eq!(take().capacity(), 0);
    }
}
