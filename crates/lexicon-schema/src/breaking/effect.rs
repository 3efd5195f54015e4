//! Whom a change breaks, by the way that the data goes.

use std::fmt;

use crate::data_flow::Ways;

/// Somebody whom a change breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// Programs with the old documents, among servers and repositories of the new ones.
    OldClients,
    /// Programs with the new documents, among servers that still have the old ones.
    NewClients,
    /// Records that were written under the old documents.
    StoredRecords,
}

impl Whom {
    /// Everybody.
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

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OldClients => "old clients",
            Self::NewClients => "new clients",
            Self::StoredRecords => "stored records",
        })
    }
}

/// What a change does to the set of legal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Some are legal no more.
    Narrower,
    /// Some are legal now that were not.
    Wider,
    /// All stay legal, and some do not mean any more what they meant.
    Meaning,
}

/// One value for another: some are legal no more, others are now.
pub(super) const DIFFERENT: [Effect; 2] = [Effect::Narrower, Effect::Wider];

impl Effect {
    pub(super) fn breaks(self, ways: Ways) -> impl Iterator<Item = Whom> {
        use Whom::{NewClients, OldClients, StoredRecords};
        let Ways {
            input,
            output,
            record,
        } = ways;
        let (input_breaks, output_breaks, record_breaks): (_, _, &[Whom]) = match self {
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
