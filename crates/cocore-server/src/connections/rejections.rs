//! How many connections were cut off, by the limit that they passed.

use std::sync::atomic::{AtomicU64, Ordering};

/// The limit for which a connection was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    HeadTimeout,
    BodyTimeout,
    HeadSize,
    BodySize,
    WriteRate,
    Connections,
}

const ALL: [(Limit, &str); 6] = [
    (Limit::HeadTimeout, "head_timeout"),
    (Limit::BodyTimeout, "body_timeout"),
    (Limit::HeadSize, "head_size"),
    (Limit::BodySize, "body_size"),
    (Limit::WriteRate, "write_rate"),
    (Limit::Connections, "connections"),
];

/// Counts connections that were cut off.
#[derive(Debug, Default)]
pub(super) struct Rejections([AtomicU64; ALL.len()]);

impl Rejections {
    /// Counts a connection.
    pub(super) fn count(&self, limit: Limit) {
        self.0[limit as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of each limit, with its name.
    pub(super) fn read(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = ALL.iter().zip(&self.0);
        counts.map(|((_, name), count)| (*name, count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_has_a_count_of_its_own() {
        let rejections = Rejections::default();
        for (index, (limit, _)) in ALL.into_iter().enumerate() {
            (0..=index).for_each(|_| rejections.count(limit));
        }
        let expected = ALL.iter().zip(1..).map(|((_, name), count)| (*name, count));
        assert!(rejections.read().eq(expected));
    }
}
