//! Keys that occur several times in the files of an import.

use std::collections::HashMap;

use cocore_keys::Digest;
use cocore_store::{ImportOutcome, ImportedKey};

/// The keys that have occurred, by their digests.
#[derive(Default)]
pub(super) struct KnownKeys {
    keys: HashMap<Digest, Known>,
    files: usize,
}

struct Known {
    file: usize,
    did: Box<str>,
    id: Box<str>,
    is_revoked: bool,
}

impl KnownKeys {
    /// Begins another file.
    pub(super) fn begin_file(&mut self) {
        self.files += 1;
    }

    /// Returns what is done with a key, and whether it occurred before in the same file: the older service has two
    /// stores. A dry run does not know of the keys of earlier batches: their repetitions are not imported again.
    pub(super) fn outcome(
        &mut self,
        key: &ImportedKey,
        outcome: ImportOutcome,
    ) -> (ImportOutcome, bool) {
        let Some(known) = self.keys.get_mut(&key.digest) else {
            if let ImportOutcome::Imported(id)
            | ImportOutcome::Exists(id)
            | ImportOutcome::Revoked(id) = &outcome
            {
                let known = Known {
                    file: self.files,
                    did: key.did.as_str().into(),
                    id: (&**id).into(),
                    is_revoked: key.revoked_at.is_some(),
                };
                self.keys.insert(key.digest, known);
            }
            return (outcome, false);
        };
        let is_same_file = known.file == self.files;
        let outcome = match outcome {
            ImportOutcome::Imported(_) if *known.did != *key.did.as_str() => {
                ImportOutcome::OtherAccount
            }
            ImportOutcome::Imported(_) if key.revoked_at.is_some() && !known.is_revoked => {
                ImportOutcome::Revoked(known.id.to_string())
            }
            ImportOutcome::Imported(_) => ImportOutcome::Exists(known.id.to_string()),
            outcome => outcome,
        };
        known.file = self.files;
        known.is_revoked |= key.revoked_at.is_some();
        (outcome, is_same_file)
    }
}
