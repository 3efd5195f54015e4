//! File descriptors: each connection takes one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most connections, however many descriptors there are: each takes memory as well.
const MAX_CONNECTIONS: usize = 10_000;
/// Descriptors that connections leave free for the database, the control socket, outgoing requests and the
/// runtime.
const RESERVE: usize = 96;
/// Descriptors of each worker thread.
const RESERVE_PER_WORKER: usize = 4;

/// Raises the soft limit of descriptors of this process to the hard limit, and returns it.
pub fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the soft limit of file descriptors cannot be raised");
            limit.current
        }
    };
    current.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

/// Returns how many connections may be open with this limit of descriptors.
pub fn max_connections(limit: usize, workers: usize) -> usize {
    let reserve = RESERVE + RESERVE_PER_WORKER * workers;
    limit
        .saturating_sub(reserve.min(limit / 2))
        .min(MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_a_reserve() {
        for (limit, workers, expected) in [
            (1024, 2, 920),
            (256, 8, 128),
            (64, 2, 32),
            (usize::MAX, 64, MAX_CONNECTIONS),
        ] {
            assert_eq!(max_connections(limit, workers), expected);
        }
    }
}
