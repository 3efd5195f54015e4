//! The directory that is shown, as it is at each request.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lexicon_codegen::FILE_NAME;
use lexicon_schema::{Loaded, history};
use lexicon_site::{ResolveLexicon, Settings, Site};

use crate::error::Error;
use crate::print::print_note;
use crate::project::Project;
use crate::{history as recorded, load, openapi};

/// A file that changed this shortly before it was read may have changed once more since, at the same time as far
/// as the file system can tell.
const CLOSE: Duration = Duration::from_secs(1);

/// A directory of lexicons, and the site of its content.
pub(super) struct Directory {
    dir: Option<PathBuf>,
    address: SocketAddr,
    resolver: Option<Arc<dyn ResolveLexicon>>,
    path: PathBuf,
    shown: Mutex<Shown>,
}

/// What was read.
struct Shown {
    site: Arc<Site>,
    state: State,
    read_at: SystemTime,
    /// Why the directory could not be read again.
    failure: Option<String>,
}

/// The files with their sizes and times.
#[derive(PartialEq, Eq)]
struct State(Vec<(PathBuf, Option<(SystemTime, u64)>)>);

impl State {
    fn of(project: &Project) -> Self {
        let lexicons = &project.lexicons;
        // A directory that cannot be read is like an empty one: reading it reports why.
        let files = load::files(lexicons, project.out.as_deref()).unwrap_or_default();
        let others = [
            lexicons.clone(),
            lexicons.join(history::FILE_NAME),
            project.root.join(FILE_NAME),
        ];
        let files = files.into_iter().chain(others).map(|file| {
            let metadata = fs::metadata(&file).ok();
            let state = metadata.and_then(|found| Some((found.modified().ok()?, found.len())));
            (file, state)
        });
        Self(files.collect())
    }

    /// Whether a file may have changed since without another size or time.
    fn is_close_to(&self, read_at: SystemTime) -> bool {
        let mut times = self
            .0
            .iter()
            .filter_map(|(_, state)| Some(state.as_ref()?.0));
        times.any(|time| time + CLOSE > read_at)
    }
}

impl Directory {
    /// Reads a directory.
    ///
    /// # Errors
    /// It cannot be read, or it has no lexicons: it is likely mistyped.
    pub(super) fn open(
        dir: Option<&Path>,
        address: SocketAddr,
        resolver: Option<Arc<dyn ResolveLexicon>>,
    ) -> Result<Self, Error> {
        let project = Project::find(dir)?;
        let path = project.lexicons.clone();
        let read_at = SystemTime::now();
        let state = State::of(&project);
        let loaded = load::load_without(&path, project.out.as_deref())?;
        let shown = Shown {
            site: Arc::new(site(project, loaded, address, resolver.clone())?),
            state,
            read_at,
            failure: None,
        };
        Ok(Self {
            dir: dir.map(Path::to_owned),
            address,
            resolver,
            path,
            shown: Mutex::new(shown),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many documents can be read.
    pub(super) fn documents(&self) -> usize {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.site.catalog().documents().count()
    }

    /// The site of the files as they are now. If they cannot be read, it is the last one.
    pub(super) fn site(&self) -> Arc<Site> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.refresh(&mut shown) {
            let failure = error.to_string();
            if shown.failure.as_ref() != Some(&failure) {
                print_note!("error: {failure}");
                shown.failure = Some(failure);
            }
        }
        shown.site.clone()
    }

    fn refresh(&self, shown: &mut Shown) -> Result<(), Error> {
        let project = Project::find(self.dir.as_deref())?;
        let read_at = SystemTime::now();
        let state = State::of(&project);
        if state == shown.state && !state.is_close_to(shown.read_at) {
            return Ok(());
        }
        let loaded = load::read(&project.lexicons, project.out.as_deref())?;
        let site = site(project, loaded, self.address, self.resolver.clone())?;
        *shown = Shown {
            site: Arc::new(site),
            state,
            read_at,
            failure: None,
        };
        Ok(())
    }
}

fn site(
    project: Project,
    loaded: Loaded,
    address: SocketAddr,
    resolver: Option<Arc<dyn ResolveLexicon>>,
) -> Result<Site, Error> {
    let settings = project.settings.site::<Settings>();
    let mut settings = settings.map_err(|source| Error::Settings {
        file: project.root.join(FILE_NAME),
        source,
    })?;
    if settings.did == Settings::default().did {
        settings.did = format!("did:web:localhost%3A{}", address.port());
    }
    settings.resolver = resolver;
    settings.history = recorded::read(&project.lexicons)?;
    settings.openapi = openapi::settings(&project)?;
    Ok(Site::new(loaded, settings))
}
