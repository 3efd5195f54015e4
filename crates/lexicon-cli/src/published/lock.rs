//! The file `lexicon.lock`: the lexicons of others, with the CID of each.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lexicon_runtime::{AtUri, Cid, Nsid};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::published::network::Source;
use crate::replace::replace_file;

const FILE_NAME: &str = "lexicon.lock";
const VERSION: u32 = 1;
const HEAD: &str = "\
# The lexicons of others in this project, as they were resolved: `lexicon add`, `install` and `update` write this
# file. `resolved-by` is \"proof\" if the proof of the record was verified, or else the host that was trusted.
";

/// The lexicons that are pinned, by NSID.
#[derive(Debug)]
pub(crate) struct Lock {
    file: PathBuf,
    exists: bool,
    pins: BTreeMap<Nsid, Pin>,
}

/// A lexicon that is pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Pin {
    pub(crate) nsid: Nsid,
    pub(crate) cid: Cid,
    pub(crate) uri: AtUri,
    pub(crate) resolved_by: Source,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    #[serde(default, rename = "lexicon")]
    lexicons: Vec<Pin>,
}

impl Lock {
    /// Reads the file in a directory. Without a file, nothing is pinned.
    pub(crate) fn read(root: &Path) -> Result<Self, Error> {
        let file = root.join(FILE_NAME);
        let text = match fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io(&file)(error)),
        };
        let pins = match &text {
            Some(text) => parse(text).map_err(|reason| Error::Lock {
                file: file.clone(),
                reason,
            })?,
            None => BTreeMap::new(),
        };
        Ok(Self {
            file,
            exists: text.is_some(),
            pins,
        })
    }

    /// The same, for commands that need the file.
    pub(crate) fn read_existing(root: &Path) -> Result<Self, Error> {
        let lock = Self::read(root)?;
        match lock.exists {
            true => Ok(lock),
            false => Err(Error::NoLock(lock.file)),
        }
    }

    #[cfg(test)]
    fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn get(&self, nsid: &Nsid) -> Option<&Pin> {
        self.pins.get(nsid)
    }

    /// Each of these lexicons, with how it was resolved. One that is not pinned is resolved with its proof.
    pub(crate) fn with_sources(
        &self,
        nsids: impl IntoIterator<Item = Nsid>,
    ) -> Vec<(Nsid, Source)> {
        let nsids = nsids.into_iter().map(|nsid| {
            let source = self.get(&nsid).map(|pin| pin.resolved_by.clone());
            (nsid, source.unwrap_or_default())
        });
        nsids.collect()
    }

    pub(crate) fn pins(&self) -> impl Iterator<Item = &Pin> {
        self.pins.values()
    }

    pub(crate) fn insert(&mut self, pin: Pin) {
        self.pins.insert(pin.nsid.clone(), pin);
    }

    /// Writes the file, unless it has this content.
    pub(crate) fn write(&self) -> Result<(), Error> {
        let content = Content {
            version: VERSION,
            lexicons: self.pins.values().cloned().collect(),
        };
        let text = toml::to_string(&content).map_err(|error| Error::Lock {
            file: self.file.clone(),
            reason: error.to_string(),
        })?;
        replace_file(&self.file, &format!("{HEAD}{text}"))
    }
}

fn parse(text: &str) -> Result<BTreeMap<Nsid, Pin>, String> {
    let content: Content = toml::from_str(text).map_err(|error| error.to_string())?;
    if content.version != VERSION {
        let version = content.version;
        return Err(format!("expected version {VERSION}, found {version}"));
    }
    let mut pins = BTreeMap::new();
    for pin in content.lexicons {
        let Pin { nsid, cid, uri, .. } = &pin;
        // What serde reads is not checked, and an NSID becomes the path of a file.
        let faults = [
            (nsid.is_valid(), nsid.as_str(), "an NSID"),
            (cid.is_valid(), cid.as_str(), "a CID"),
            (uri.is_valid(), uri.as_str(), "an at-uri"),
        ];
        if let Some((_, found, expected)) = faults.iter().find(|(is_valid, ..)| !is_valid) {
            return Err(format!("expected {expected}, found {found:?}"));
        }
        let nsid = nsid.clone();
        if pins.insert(nsid.clone(), pin).is_some() {
            return Err(format!("{nsid} is there twice"));
        }
    }
    Ok(pins)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = r#"
[[lexicon]]
nsid = "com.example.note"
cid = "bafyreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
uri = "at://did:plc:aliceaaaaaaaaaaaaaaaaaaa/com.atproto.lexicon.schema/com.example.note"
resolved-by = "proof"
"#;

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::TempDir::new().unwrap();
        let mut lock = Lock::read(dir.path()).unwrap();
        assert!(!lock.exists);
        let pins = parse(&format!("version = 1\n{PIN}")).unwrap();
        let mut pin = pins.into_values().next().unwrap();
        pin.resolved_by = "https://lexicons.example.com".parse().unwrap();
        lock.insert(pin.clone());
        lock.write().unwrap();
        let text = fs::read_to_string(lock.file()).unwrap();
        assert!(
            text.contains("resolved-by = \"https://lexicons.example.com\""),
            "{text}"
        );
        let again = Lock::read(dir.path()).unwrap();
        assert!(again.exists);
        assert_eq!(again.pins().collect::<Vec<_>>(), [&pin]);
    }

    #[test]
    fn files_that_are_no_lock() {
        for (text, expected) in [
            ("", "version"),
            ("version = 2", "expected version 1, found 2"),
            ("version = 1\nmore = 1", "unknown field"),
            ("version = 1\n[[lexicon]]", "nsid"),
            (&format!("version = 1\n{PIN}{PIN}"), "twice"),
            (&format!("version = 1\n{PIN}more = 1"), "unknown field"),
            (
                &format!("version = 1\n{PIN}").replace("\"proof\"", "\"hearsay\""),
                "origin",
            ),
            (
                &format!("version = 1\n{PIN}").replace("bafy", "b@fy"),
                "expected a CID",
            ),
            (
                &format!("version = 1\n{PIN}").replace("= \"com.example.note", "= \"../../etc/x"),
                "expected an NSID",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
