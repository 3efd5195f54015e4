//! The lexicons of a directory, each with its CID.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lexicon_runtime::{Nsid, Value};
use lexicon_schema::{Loaded, cid, json};
use serde_json::Map;

use crate::error::Error;
use crate::load;
use crate::project::Project;
use crate::published::pretty::pretty;
use crate::replace::replace_file;

/// The lexicons of a directory. A file that is no valid lexicon has its place here too.
#[derive(Debug)]
pub(crate) struct Local {
    dir: PathBuf,
    documents: BTreeMap<String, LocalDocument>,
    /// What was read, with what is wrong with it.
    pub(crate) loaded: Loaded,
}

/// A file.
#[derive(Clone, Debug)]
pub(crate) struct LocalDocument {
    pub(crate) file: PathBuf,
    pub(crate) content: Result<Content, String>,
}

/// A JSON object, and the CID that it has as the record of a lexicon.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) document: Map<String, Value>,
    pub(crate) cid: String,
}

impl LocalDocument {
    fn read(file: &Path) -> Self {
        let content = fs::read(file).map_err(|error| error.to_string());
        let content = content.and_then(|bytes| {
            let value = json::parse(&bytes).map_err(|error| error.to_string())?;
            let Value::Object(mut document) = value else {
                return Err("expected a JSON object".to_owned());
            };
            document.remove("$type");
            let cid = cid::of_lexicon(&document).map_err(|error| error.to_string())?;
            Ok(Content { document, cid })
        });
        let file = file.to_owned();
        Self { file, content }
    }

    /// The CID, if the file has one.
    pub(crate) fn cid(&self) -> Option<&str> {
        self.content.as_ref().ok().map(|content| &content.cid[..])
    }

    /// The CID, or why there is none, for messages.
    pub(crate) fn found(&self) -> &str {
        match &self.content {
            Ok(content) => &content.cid,
            Err(reason) => reason,
        }
    }
}

impl Local {
    /// Reads the lexicons of a project, from a directory that need not exist.
    pub(crate) fn read(project: &Project) -> Result<Self, Error> {
        let dir = &project.lexicons;
        let loaded = match dir.exists() {
            true => load::read(dir, project.out.as_deref())?,
            false => Loaded::default(),
        };
        let mut documents = BTreeMap::new();
        for document in loaded.catalog.documents() {
            let nsid = document.nsid.to_string();
            documents.insert(nsid, LocalDocument::read(&document.file));
        }
        // Those that are invalid.
        for diagnostic in &loaded.diagnostics {
            let document = LocalDocument::read(&diagnostic.file);
            let content = document.content.as_ref().ok();
            let id = content.and_then(|content| content.document.get("id")?.as_str());
            if let Some(id) = id.map(str::to_owned) {
                documents.entry(id).or_insert(document);
            }
        }
        Ok(Self {
            dir: dir.clone(),
            documents,
            loaded,
        })
    }

    /// Returns the NSIDs, of valid lexicons and of others.
    ///
    /// # Errors
    /// There are none: the directory is likely mistyped.
    pub(crate) fn existing_nsids(&self) -> Result<Vec<Nsid>, Error> {
        let nsids: Vec<_> = self.nsids().collect();
        match nsids.is_empty() {
            true => Err(Error::NoLexicons(self.dir.clone())),
            false => Ok(nsids),
        }
    }

    /// The NSIDs, of valid lexicons and of others.
    pub(crate) fn nsids(&self) -> impl Iterator<Item = Nsid> {
        let nsids = self.documents.keys().map(|nsid| Nsid::parse(&nsid[..]));
        nsids.filter_map(Result::ok)
    }

    /// The file of a lexicon, if it exists: the one that has the NSID, or stands where that one belongs.
    pub(crate) fn get(&self, nsid: &Nsid) -> Option<LocalDocument> {
        if let Some(document) = self.documents.get(nsid.as_str()) {
            return Some(document.clone());
        }
        let file = self.place(nsid);
        file.exists().then(|| LocalDocument::read(&file))
    }

    /// Writes a lexicon into its file. Returns the file.
    pub(crate) fn write(
        &mut self,
        nsid: &Nsid,
        document: &Map<String, Value>,
    ) -> Result<PathBuf, Error> {
        let file = match self.documents.get(nsid.as_str()) {
            Some(document) => document.file.clone(),
            None => self.place(nsid),
        };
        replace_file(&file, &pretty(document))?;
        self.documents
            .insert(nsid.to_string(), LocalDocument::read(&file));
        Ok(file)
    }

    /// The file of an NSID, by its path.
    fn place(&self, nsid: &Nsid) -> PathBuf {
        let mut file = self.dir.clone();
        file.extend(nsid.as_str().split('.'));
        file.as_mut_os_string().push(".json");
        file
    }
}
