//! `lexicon breaking --base DIR-OR-REVISION [DIR]`

mod git;
mod rust_names;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use lexicon_schema::breaking::{self, Affected, Change, Impact};
use lexicon_schema::lint::Level;
use lexicon_schema::{Catalog, Diagnostic};
use serde_json::Value;

use crate::error::Error;
use crate::load::{Lexicons, load};
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};
use crate::project::Project;
use crate::report::{self, count};
use crate::severity::Severity;

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
    /// A directory of lexicons that references may lead to; these lexicons are not compared. Can be given
    /// several times.
    #[arg(long, value_name = "DIR")]
    pub with: Vec<PathBuf>,
    /// Leave out what breaks only these: `new-clients`, where servers are always updated first.
    #[arg(long, value_name = "WHOM")]
    pub ignore: Vec<Ignored>,
    /// Which changes are reported, and which of them fail the command. Breaking changes are errors;
    /// compatible ones are reported unless `--level` is given.
    #[command(flatten)]
    pub severity: Severity,
    /// Print one JSON array: `file`, `pointer`, `rule`, `message`, `impact` (`breaking`, `advice` or
    /// `compatible`), `breaks`, `safe`, `advice` and `denied` of each change.
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
/// A document that is refused in one of the two states is reported, and not compared.
///
/// # Errors
/// One of the two states cannot be read, or has a file of which it is not known which document it is.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let Arguments {
        base,
        dir,
        with,
        ignore,
        severity,
        json,
    } = arguments;
    severity.check(|name| breaking::change_rule(name).is_some(), |_| true)?;
    let project = Project::find(dir.as_deref())?;
    let Lexicons {
        catalog: mut new,
        mut diagnostics,
        ..
    } = Lexicons::load(&project.lexicons, with, project.out.as_deref())?;
    let old = if base.is_dir() {
        load(base)?
    } else {
        git::load(base, &project.lexicons)?
    };
    let mut old_catalog = old.catalog;
    diagnostics.extend(old.diagnostics);
    for dir in with {
        old_catalog.extend(load(dir)?.catalog);
    }
    leave_out_refused(&mut old_catalog, &mut new, &diagnostics)?;
    for diagnostic in &diagnostics {
        print_note!("not compared: {diagnostic}");
    }
    let mut changes = breaking::changes(&old_catalog, &new);
    changes.extend(rust_names::changes(&old_catalog, &new, &project));
    changes.sort();
    let changes = shown(changes, ignore, severity);
    if *json {
        let list: Vec<_> = changes
            .iter()
            .map(|(change, fails)| to_json(change, *fails))
            .collect();
        print_line!("{}", Value::from(list));
    } else {
        for (change, _) in &changes {
            print_line!("{}", report::change_lines(change));
        }
        let of_impact = |impact| {
            let changes = changes.iter().filter(|(change, _)| change.impact == impact);
            changes.count()
        };
        print_line!(
            "{}, {} of advice, {} since {}",
            count(of_impact(Impact::Breaking), "breaking change"),
            of_impact(Impact::Advice),
            count(of_impact(Impact::Compatible), "compatible change"),
            base.display()
        );
    }
    let fails = changes.iter().any(|(_, fails)| *fails);
    Ok(Outcome::clean_if(!fails && diagnostics.is_empty()))
}

/// Removes the documents that are refused in one of two states from both. Each would look as if it had been
/// added or removed.
fn leave_out_refused(
    old: &mut Catalog,
    new: &mut Catalog,
    diagnostics: &[Diagnostic],
) -> Result<(), Error> {
    let refused: BTreeSet<String> = [&*old, &*new]
        .into_iter()
        .flat_map(|catalog| catalog.refused())
        .map(|(nsid, _)| nsid.to_owned())
        .collect();
    let known: BTreeSet<_> = [&*old, &*new]
        .into_iter()
        .flat_map(|catalog| catalog.refused())
        .map(|(_, reason)| &reason.file)
        .collect();
    let unknown: Vec<_> = diagnostics
        .iter()
        .filter(|diagnostic| !known.contains(&diagnostic.file))
        // The first document of an NSID is compared.
        .filter(|diagnostic| diagnostic.rule != "duplicate-document")
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Err(Error::InvalidLexicons(unknown));
    }
    for catalog in [old, new] {
        catalog.retain(|document| !refused.contains(document.nsid.as_str()));
    }
    Ok(())
}

/// The changes that are reported, and whether each fails the command.
fn shown(changes: Vec<Change>, ignore: &[Ignored], severity: &Severity) -> Vec<(Change, bool)> {
    let ignored = |whom: &Affected| ignore.contains(&Ignored(*whom));
    let shown = changes.into_iter().filter_map(|mut change| {
        let broke = !change.breaks.is_empty();
        change.breaks.retain(|whom| !ignored(whom));
        change.safe.retain(|whom| !ignored(whom));
        if broke && change.breaks.is_empty() {
            return None;
        }
        let level = match change.impact {
            Impact::Breaking => Some(Level::Error),
            Impact::Advice => Some(Level::Advice),
            _ => None,
        };
        let level = severity.of(change.diagnostic.rule, level)?;
        Some((change, level == Some(Level::Error)))
    });
    shown.collect()
}

fn to_json(change: &Change, fails: bool) -> Value {
    let mut value = report::change_to_json(change);
    value["denied"] = fails.into();
    value
}
