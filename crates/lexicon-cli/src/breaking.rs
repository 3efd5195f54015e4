//! `lexicon breaking --base DIR-OR-REVISION [DIR]`

mod git;

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use lexicon_schema::breaking::{self, Affected, BreakingChange};
use lexicon_schema::{Catalog, Loaded};
use serde_json::Value;

use crate::error::Error;
use crate::load::load;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::project::Project;
use crate::report::{self, count};

/// The arguments of `lexicon breaking`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The earlier state of the lexicons: another directory, or a revision of the git repository
    /// that DIR is in.
    #[arg(long, value_name = "DIR-OR-REVISION")]
    pub base: PathBuf,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Leave out what breaks only these: `new-clients`, where servers are always updated first.
    #[arg(long, value_name = "WHOM")]
    pub ignore: Vec<Ignored>,
    /// Print one JSON array: `file`, `pointer`, `rule`, `message` and `breaks` of each change.
    #[arg(long)]
    pub json: bool,
}

/// Programs or data whose breaking is not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ignored(pub Affected);

impl ValueEnum for Ignored {
    fn value_variants<'a>() -> &'a [Self] {
        const {
            &[
                Self(Affected::ALL[0]),
                Self(Affected::ALL[1]),
                Self(Affected::ALL[2]),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

/// Prints what the change from an earlier state of the lexicons breaks, and for whom.
///
/// # Errors
/// One of the two states cannot be read, or has an invalid lexicon.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let Arguments {
        base,
        dir,
        ignore,
        json,
    } = arguments;
    let dir = Project::find(dir.as_deref())?.lexicons;
    let new = complete(load(&dir)?)?;
    let old = if base.is_dir() {
        load(base)?
    } else {
        git::load(base, &dir)?
    };
    let mut breaks = breaking::compare(&complete(old)?, &new);
    for found in &mut breaks {
        let ignored = |whom: &Affected| ignore.contains(&Ignored(*whom));
        found.breaks.retain(|whom| !ignored(whom));
    }
    breaks.retain(|found| !found.breaks.is_empty());
    if *json {
        let list: Vec<_> = breaks.iter().map(to_json).collect();
        print_line!("{}", Value::from(list));
    } else {
        for BreakingChange {
            diagnostic, breaks, ..
        } in &breaks
        {
            let whom: Vec<_> = breaks.iter().map(ToString::to_string).collect();
            print_line!("{diagnostic}; breaks {}", whom.join(", "));
        }
        let changes = count(breaks.len(), "breaking change");
        print_line!("{changes} since {}", base.display());
    }
    Ok(Outcome::clean_if(breaks.is_empty()))
}

/// A catalog that lacks a document would look as if that one had been removed.
fn complete(loaded: Loaded) -> Result<Catalog, Error> {
    if loaded.diagnostics.is_empty() {
        Ok(loaded.catalog)
    } else {
        Err(Error::InvalidLexicons(loaded.diagnostics))
    }
}

fn to_json(found: &BreakingChange) -> Value {
    let mut value = report::to_json(&found.diagnostic);
    value["breaks"] = found.breaks.iter().map(|whom| whom.name()).collect();
    value
}
