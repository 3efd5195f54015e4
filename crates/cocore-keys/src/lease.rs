//! The lease protocol: how servers that share a database agree which of them may verify keys in memory,
//! and when a change may be answered. `docs/several-nodes.md` describes it, and argues why no request is
//! decided by stale data.
//!
//! Does no I/O: [`Node::next`] returns the next step, and the caller carries it out and reports the
//! result.

mod live_set;
mod node;
mod peers;
mod protocol;

pub use node::Node;
pub use protocol::{NodeId, PeerRow, Reply, Report, Step, Timing};
