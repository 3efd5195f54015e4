//! The authenticated caller.

use std::sync::Arc;

use lexicon_runtime::Did;

/// The account on whose behalf a method runs.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Its DID, which the set of live keys shares with requests.
    pub did: Arc<Did>,
}
