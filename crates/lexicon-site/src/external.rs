//! Lexicons of the network, for checks that may use them.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;
use std::time::{Duration, Instant};

use lexicon_runtime::Nsid;
use lexicon_schema::{Catalog, Document, Loaded};

/// The most look-ups of a check.
const MAX_LOOKUPS: usize = 16;
/// How long a check begins look-ups.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Finds lexicons that a site does not have.
pub trait ResolveLexicon: Debug + Send + Sync {
    /// Returns the document of an NSID as JSON. It may wait for the network, and has a deadline and a largest size
    /// of its own.
    ///
    /// # Errors
    /// Why there is none.
    fn resolve(&self, nsid: &Nsid) -> Result<String, String>;
}

/// The documents, with those that one of them refers to, by way of others too. What cannot be found, or is too much,
/// stays missing.
pub(crate) fn with_external(
    catalog: &Catalog,
    document: &Document,
    resolver: &dyn ResolveLexicon,
) -> Catalog {
    let start = Instant::now();
    let mut all = catalog.clone();
    let mut lookups = 0;
    let mut seen = BTreeSet::from([document.nsid.to_string()]);
    let mut pending = targets(document);
    while let Some(nsid) = pending.pop_first() {
        if !seen.insert(nsid.clone()) {
            continue;
        }
        if all.get(&nsid).is_none() && lookups < MAX_LOOKUPS && start.elapsed() < TIMEOUT {
            lookups += 1;
            all.extend(look_up(&nsid, resolver).unwrap_or_default());
        }
        pending.extend(all.get(&nsid).map(targets).unwrap_or_default());
    }
    all
}

fn look_up(nsid: &str, resolver: &dyn ResolveLexicon) -> Option<Catalog> {
    let text = resolver.resolve(&Nsid::parse(nsid).ok()?).ok()?;
    let mut loaded = Loaded::default();
    loaded.add(Path::new(nsid), &text);
    // Not another one than was asked for.
    loaded.catalog.get(nsid)?;
    Some(loaded.catalog)
}

/// The documents to which one refers.
fn targets(document: &Document) -> BTreeSet<String> {
    let mut targets = BTreeSet::new();
    document.each_reference(&mut |text, _| {
        let (nsid, _) = text.split_once('#').unwrap_or((text, ""));
        if !nsid.is_empty() {
            targets.insert(nsid.to_owned());
        }
    });
    targets
}
