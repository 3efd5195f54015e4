//! The authenticated caller.

use lexicon_runtime::Did;

/// The account on whose behalf a method runs.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Its DID.
    pub did: Did,
}
