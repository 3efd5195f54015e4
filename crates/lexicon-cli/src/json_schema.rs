//! `lexicon json-schema [NSID[#def]]`

use std::path::PathBuf;

use lexicon_openapi::json_schema;

use crate::error::Error;
use crate::load::Lexicons;
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};
use crate::project::Project;
use crate::report;

/// The arguments of `lexicon json-schema`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The definition; by default, all of them.
    #[arg(value_name = "NSID[#def]")]
    pub definition: Option<String>,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// A directory of lexicons that references may lead to. It may be given several times.
    #[arg(long, value_name = "DIR")]
    pub with: Vec<PathBuf>,
}

/// Prints the JSON Schema of a definition.
///
/// # Errors
/// The lexicons cannot be read, or there is no such definition.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let mut lexicons = Lexicons::load(&project.lexicons, &arguments.with, project.out.as_deref())?;
    lexicons.prune();
    let Lexicons {
        catalog,
        diagnostics: found,
        ..
    } = lexicons;
    let root = match &arguments.definition {
        None => None,
        Some(name) => {
            let nsid = name.split('#').next().unwrap_or_default();
            let document = catalog.get(nsid);
            let root = document.and_then(|document| catalog.resolve(document, name));
            let root = root.filter(lexicon_schema::DefRef::is_data);
            Some(root.ok_or_else(|| Error::NoSuchType(name.clone()))?)
        }
    };
    print_line!("{:#}", json_schema(&catalog, root));
    if !found.is_empty() {
        print_note!("these documents are left out:");
        print_note!("{}", report::lines(&found));
    }
    Ok(Outcome::clean_if(found.is_empty()))
}
