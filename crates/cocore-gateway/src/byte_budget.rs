//! Memory for what many calls hold at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Memory that many share, in bytes. Clones share it.
#[derive(Clone, Debug)]
pub struct ByteBudget {
    most: usize,
    used: Arc<AtomicUsize>,
}

impl ByteBudget {
    /// A budget of so many bytes.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            used: Arc::default(),
        }
    }

    /// Begins to hold nothing of it.
    pub fn hold(&self) -> Held {
        Held {
            budget: self.clone(),
            bytes: 0,
        }
    }
}

/// A part of a budget, which is given back when it is dropped.
#[derive(Debug)]
pub struct Held {
    budget: ByteBudget,
    bytes: usize,
}

impl Held {
    /// Takes so many further bytes. Returns whether there were enough.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let ByteBudget { most, used } = &self.budget;
        let before = used.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > *most {
            used.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        self.bytes += bytes;
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_bounded_and_given_back() {
        let budget = ByteBudget::new(10);
        let (mut one, mut other) = (budget.hold(), budget.hold());
        assert!(one.grow(4) && other.grow(6));
        assert!(!one.grow(1) && other.grow(0));
        drop(other);
        assert!(one.grow(6) && !one.grow(1));
    }
}
