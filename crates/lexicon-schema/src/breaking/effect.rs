//! What a change breaks, by the directions in which the data flows.

use std::collections::BTreeSet;
use std::fmt;

use crate::data_flow::Directions;

/// Programs or data that a change breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Affected {
    /// Programs with the old documents, among servers and repositories of the new ones.
    OldClients,
    /// Programs with the new documents, among servers that still have the old ones.
    NewClients,
    /// Records that were written under the old documents.
    StoredRecords,
}

impl Affected {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OldClients, Self::NewClients, Self::StoredRecords];

    /// The name on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OldClients => "old-clients",
            Self::NewClients => "new-clients",
            Self::StoredRecords => "stored-records",
        }
    }
}

impl fmt::Display for Affected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OldClients => "old clients",
            Self::NewClients => "new clients",
            Self::StoredRecords => "stored records",
        })
    }
}

/// Whom a change of data that flows in some directions concerns.
pub(super) fn concerned(directions: Directions) -> BTreeSet<Affected> {
    let mut concerned = BTreeSet::from([Affected::OldClients, Affected::NewClients]);
    if directions.record {
        concerned.insert(Affected::StoredRecords);
    }
    concerned
}

/// What a change does to the set of valid values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Some values are no longer valid.
    Narrower,
    /// Some values are valid that were not.
    Wider,
    /// All values stay valid, and some have another meaning.
    Meaning,
}

/// Some values are no longer valid, and others are newly valid.
pub(super) const DIFFERENT: [Effect; 2] = [Effect::Narrower, Effect::Wider];

impl Effect {
    pub(super) fn breaks(self, directions: Directions) -> impl Iterator<Item = Affected> {
        use Affected::{NewClients, OldClients, StoredRecords};
        let Directions {
            input,
            output,
            record,
        } = directions;
        let (input_breaks, output_breaks, record_breaks): (_, _, &[Affected]) = match self {
            // Old clients send what is refused, old servers answer what new clients refuse.
            Self::Narrower => (OldClients, NewClients, &[OldClients, StoredRecords]),
            // Old servers refuse what new clients send, old clients what is answered or read.
            Self::Wider => (NewClients, OldClients, &[OldClients]),
            Self::Meaning => (OldClients, OldClients, &[OldClients, StoredRecords]),
        };
        let of_records = record_breaks.iter().copied().filter(move |_| record);
        let of_methods = [(input, input_breaks), (output, output_breaks)];
        let of_methods = of_methods
            .into_iter()
            .filter_map(|(goes, whom)| goes.then_some(whom));
        of_methods.chain(of_records)
    }
}
