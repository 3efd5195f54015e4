//! Lexicons of others: resolved, written into the directory of lexicons, and pinned.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::path::PathBuf;

use lexicon_resolver::ResolvedLexicon;
use lexicon_runtime::{Nsid, Value};
use serde_json::{Map, json};

use crate::error::Error;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::published::local::Local;
use crate::published::lock::{Lock, Pin};
use crate::published::network::{Network, Source};
use crate::published::references::references;

/// How many lexicons one command follows references to: those of others could lead on without an end.
const MAX_LEXICONS: usize = 1_000;

/// What is pinned, and how.
pub(crate) struct Pinning<'a> {
    pub(crate) network: &'a Network,
    pub(crate) local: &'a mut Local,
    pub(crate) lock: &'a mut Lock,
    /// Whether files that were changed here are replaced.
    pub(crate) force: bool,
    /// Whether lexicons that references lead to are pinned too.
    pub(crate) follow: bool,
}

/// What became of a lexicon.
pub(crate) struct Pinned {
    pub(crate) nsid: Nsid,
    /// The lexicon that refers to it, unless the command names it.
    referrer: Option<Nsid>,
    pub(crate) result: PinResult,
}

pub(crate) enum PinResult {
    /// It is pinned for the first time.
    Added(PathBuf, Pin),
    /// It was pinned with another CID.
    Updated(PathBuf, Pin),
    /// It was pinned with this CID.
    Unchanged(Pin),
    /// The file was changed here.
    Refused(String),
    /// It could not be resolved.
    Failed(String),
}

impl Pinning<'_> {
    /// Resolves lexicons and pins them. One that fails does not stop the others.
    pub(crate) fn run(&mut self, mut wanted: Vec<(Nsid, Source)>) -> Result<Vec<Pinned>, Error> {
        let mut seen: BTreeSet<Nsid> = wanted.iter().map(|(nsid, _)| nsid.clone()).collect();
        let mut referrers = BTreeMap::new();
        let mut all = Vec::new();
        while !wanted.is_empty() {
            for (nsid, source, found) in self.network.resolve(mem::take(&mut wanted)) {
                let mut references = Vec::new();
                let result = match found {
                    Ok(lexicon) => {
                        let result = self.place(&lexicon, &source)?;
                        if self.follow && result.is_pinned() {
                            references =
                                missing_references(&lexicon.document, self.local, self.lock);
                        }
                        result
                    }
                    Err(error) => PinResult::Failed(error.to_string()),
                };
                all.push(Pinned {
                    referrer: referrers.get(&nsid).cloned(),
                    nsid: nsid.clone(),
                    result,
                });
                references.retain(|next| !seen.contains(next));
                if seen.len() + references.len() > MAX_LEXICONS {
                    all.push(too_many(&nsid, &references));
                    continue;
                }
                for next in references {
                    seen.insert(next.clone());
                    referrers.insert(next.clone(), nsid.clone());
                    wanted.push((next, source.clone()));
                }
            }
        }
        if all.iter().any(Pinned::is_change) {
            self.lock.write()?;
        }
        Ok(all)
    }

    /// Writes and pins a lexicon, unless its file was changed here.
    fn place(&mut self, lexicon: &ResolvedLexicon, source: &Source) -> Result<PinResult, Error> {
        let ResolvedLexicon {
            nsid,
            uri,
            cid,
            document,
            ..
        } = lexicon;
        let old = self.lock.get(nsid).cloned();
        let here = self.local.get(nsid);
        let is_here = |cid: &str| here.as_ref().and_then(|here| here.cid()) == Some(cid);
        let is_own = match &old {
            Some(old) => !is_here(old.cid.as_str()),
            None => true,
        };
        let file = match &here {
            Some(here) if is_here(cid.as_str()) => here.file.clone(),
            Some(here) if is_own && !self.force => {
                let file = here.file.display();
                return Ok(PinResult::Refused(format!(
                    "{file} is not the published lexicon: expected {cid}, found {}. --force replaces it",
                    here.found()
                )));
            }
            _ => self.local.write(nsid, document)?,
        };
        let pin = Pin {
            nsid: nsid.clone(),
            cid: cid.clone(),
            uri: uri.clone(),
            resolved_by: source.clone(),
        };
        self.lock.insert(pin.clone());
        Ok(match old {
            None => PinResult::Added(file, pin),
            Some(old) if old == pin && here.is_some() => PinResult::Unchanged(pin),
            Some(_) => PinResult::Updated(file, pin),
        })
    }
}

impl PinResult {
    fn is_pinned(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Failed(_))
    }
}

impl Pinned {
    fn is_change(&self) -> bool {
        matches!(self.result, PinResult::Added(..) | PinResult::Updated(..))
    }

    /// Whether it is pinned as it is published.
    pub(crate) fn is_pinned(&self) -> bool {
        self.result.is_pinned()
    }

    /// Prints a line.
    pub(crate) fn print(&self) {
        let nsid = &self.nsid;
        let why = match &self.referrer {
            Some(referrer) => format!(", to which {referrer} refers"),
            None => String::new(),
        };
        match &self.result {
            PinResult::Added(file, Pin { cid, .. }) => {
                print_line!("added {nsid} {cid} in {}{why}", file.display());
            }
            PinResult::Updated(file, Pin { cid, .. }) => {
                print_line!("updated {nsid} {cid} in {}{why}", file.display());
            }
            PinResult::Unchanged(Pin { cid, .. }) => print_line!("unchanged {nsid} {cid}"),
            PinResult::Refused(reason) => print_line!("refused {nsid}{why}: {reason}"),
            PinResult::Failed(reason) => print_line!("failed {nsid}{why}: {reason}"),
        }
    }

    /// The same as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let (result, pin, file, error) = match &self.result {
            PinResult::Added(file, pin) => ("added", Some(pin), Some(file), None),
            PinResult::Updated(file, pin) => ("updated", Some(pin), Some(file), None),
            PinResult::Unchanged(pin) => ("unchanged", Some(pin), None, None),
            PinResult::Refused(reason) => ("refused", None, None, Some(reason)),
            PinResult::Failed(reason) => ("failed", None, None, Some(reason)),
        };
        let mut value = json!({ "nsid": self.nsid, "result": result });
        if let Some(pin) = pin {
            value["cid"] = json!(pin.cid);
            value["uri"] = json!(pin.uri);
            value["resolvedBy"] = json!(pin.resolved_by);
        }
        if let Some(file) = file {
            value["file"] = file.display().to_string().into();
        }
        if let Some(referrer) = &self.referrer {
            value["referrer"] = json!(referrer);
        }
        if let Some(error) = error {
            value["error"] = json!(error);
        }
        value
    }
}

/// The failure of a lexicon whose references are not followed: there are too many.
fn too_many(referrer: &Nsid, references: &[Nsid]) -> Pinned {
    let number = references.len();
    let reason = format!(
        "its references, {number} more, would lead to more than {MAX_LEXICONS} lexicons: add those that you need"
    );
    Pinned {
        nsid: referrer.clone(),
        referrer: None,
        result: PinResult::Failed(reason),
    }
}

/// Returns the lexicons that a document refers to, and that are neither here nor pinned.
pub(crate) fn missing_references(
    document: &Map<String, Value>,
    local: &Local,
    lock: &Lock,
) -> Vec<Nsid> {
    let all = references(document).into_iter();
    all.filter(|nsid| lock.get(nsid).is_none() && local.get(nsid).is_none())
        .collect()
}

/// Prints what became of lexicons, each on a line or all as one JSON array. All of them have to be pinned.
pub(crate) fn report(all: &[Pinned], json: bool) -> Outcome {
    if json {
        let all: Vec<_> = all.iter().map(Pinned::to_json).collect();
        print_line!("{}", Value::from(all));
    } else {
        all.iter().for_each(Pinned::print);
    }
    Outcome::clean_if(all.iter().all(Pinned::is_pinned))
}
