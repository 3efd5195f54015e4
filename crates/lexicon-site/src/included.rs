//! The documents of the method by which the site gives lexicons to programs.
//!
//! Source: `lexicons/com/atproto/lexicon/` of <https://github.com/bluesky-social/atproto> at commit
//! `d6296a1cfdb40a773319cb59061300e4e8e52f26`, byte for byte; MIT OR Apache-2.0.

use std::path::Path;

use lexicon_schema::Loaded;

macro_rules! included {
    ($($name:literal)*) => {
        &[$((
            concat!("com.atproto.lexicon.", $name),
            include_str!(concat!("../lexicons/com/atproto/lexicon/", $name, ".json")),
        )),*]
    };
}

/// The documents by NSID.
pub(crate) const INCLUDED: &[(&str, &str)] = included!("resolveLexicon" "schema");

/// Where they are from, for people.
pub(crate) const SOURCE: &str = "https://github.com/bluesky-social/atproto/tree/d6296a1cfdb40a773319cb59061300e4e8e52f26/lexicons";

/// Adds those of the documents that are missing.
pub(crate) fn add(loaded: &mut Loaded) -> Vec<&'static str> {
    let mut added = Vec::new();
    for (nsid, text) in INCLUDED {
        let refused = loaded
            .catalog
            .refused()
            .any(|(refused, _)| refused == *nsid);
        if !refused && loaded.catalog.get(nsid).is_none() {
            loaded.add(Path::new(nsid), text);
            added.push(*nsid);
        }
    }
    added
}
