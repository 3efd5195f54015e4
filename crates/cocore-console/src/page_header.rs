//! The header of the pages for people who are signed in.

/// What the header of a page shows.
#[derive(Clone, Debug, Default)]
pub struct PageHeader {
    /// The DID of the account.
    pub account: String,
    /// Its handle, if it has one.
    pub handle: Option<String>,
    /// Whether it is the account that exists on this server alone.
    pub local: bool,
    /// Whether the server passes calls of models on: the header then links to their usage.
    pub has_inference: bool,
    /// Whether the console has a page of records.
    pub has_records: bool,
}
