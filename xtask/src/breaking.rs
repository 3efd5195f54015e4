//! `cargo xtask breaking --base DIR-or-git-revision [DIR]`

mod git;

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use lexicon_schema::breaking::{self, Break, Whom};
use lexicon_schema::{Catalog, Loaded};
use serde_json::Value;

use crate::report::{self, Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What the lexicons were: another directory, or a revision of the git repository that DIR is in.
    #[arg(long, value_name = "DIR-OR-REVISION")]
    base: PathBuf,
    /// The directory of the lexicons.
    #[arg(value_name = "DIR", default_value = "lexicons")]
    dir: PathBuf,
    /// Leave out what breaks only these: `new-clients`, where servers are always updated first.
    #[arg(long, value_name = "WHOM")]
    ignore: Vec<Ignored>,
    /// Print one JSON array: `file`, `pointer`, `rule`, `message` and `breaks` of each change.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Ignored(Whom);

impl ValueEnum for Ignored {
    fn value_variants<'a>() -> &'a [Self] {
        const { &[Self(Whom::ALL[0]), Self(Whom::ALL[1]), Self(Whom::ALL[2])] }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let Arguments {
        base,
        dir,
        ignore,
        json,
    } = arguments;
    let new = whole(report::load(dir)?)?;
    let old = match base.is_dir() {
        true => report::load(base)?,
        false => git::load(base, dir)?,
    };
    let mut breaks = breaking::compare(&whole(old)?, &new);
    for found in &mut breaks {
        let ignored = |whom: &Whom| ignore.contains(&Ignored(*whom));
        found.breaks.retain(|whom| !ignored(whom));
    }
    breaks.retain(|found| !found.breaks.is_empty());
    if *json {
        let list: Vec<_> = breaks.iter().map(to_json).collect();
        println!("{}", Value::from(list));
    } else {
        for Break {
            diagnostic, breaks, ..
        } in &breaks
        {
            let whom: Vec<_> = breaks.iter().map(ToString::to_string).collect();
            println!("{diagnostic}; breaks {}", whom.join(", "));
        }
        println!("{} breaking changes since {}", breaks.len(), base.display());
    }
    Ok(Outcome::good_if(breaks.is_empty()))
}

/// A catalog that lacks a document would look as if that one had been removed.
fn whole(loaded: Loaded) -> Result<Catalog, Failure> {
    match &loaded.diagnostics[..] {
        [] => Ok(loaded.catalog),
        unread => Err(report::lines(unread)),
    }
}

fn to_json(found: &Break) -> Value {
    let mut value = report::to_json(&found.diagnostic);
    value["breaks"] = found.breaks.iter().map(|whom| whom.name()).collect();
    value
}
