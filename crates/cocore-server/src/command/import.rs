//! `cocore-server import`: the keys of the older service, from its SQLite files.

mod destination;
mod repeated;
mod report;
mod row;

use std::path::Path;

use cocore_keys::{Clock, KeyId, SystemClock};
use cocore_store::{ImportOutcome, ImportedKey, OlderRow, OlderStore, Progress};

use super::progress::ProgressPrinter;
use crate::arguments::ImportArguments;
use crate::failure::Failure;
use crate::import::{BATCH_SIZE, ImportBatch};
use crate::settings;
use destination::Destination;
use repeated::KnownKeys;
use report::{Finding, Report, Treatment};
use row::parse;

pub(super) fn run(arguments: &ImportArguments) -> Result<(), Failure> {
    let url = settings::database(&arguments.database)?;
    // Before anything is written. A database of this program is not opened twice.
    let sources = arguments.from.iter().map(|file| OlderStore::open(file));
    let sources: Result<Vec<_>, _> = sources.collect();
    let sources = sources.map_err(Failure::new)?;
    let is_dry_run = arguments.dry_run;
    let is_missing = is_dry_run && destination::is_missing(&url)?;
    actix_web::rt::System::new().block_on(async {
        let destination = if is_missing {
            Destination::Empty
        } else {
            Destination::find(url).await?
        };
        let mut import = Import {
            destination,
            known: KnownKeys::default(),
            report: Report::new(arguments.json, is_dry_run),
        };
        let mut done = Ok(());
        for (file, source) in arguments.from.iter().zip(sources) {
            if done.is_ok() {
                done = import.source(file, source).await;
            }
        }
        import.destination.close().await;
        done?;
        import.report.finish()
    })
}

/// An import of one or several files.
struct Import {
    destination: Destination,
    known: KnownKeys,
    report: Report,
}

/// A row on its way.
struct Pending {
    place: Finding,
    key: ImportedKey,
    /// What was wrong with it, and is imported in another way.
    notes: Vec<String>,
}

impl Import {
    async fn source(&mut self, file: &Path, mut source: OlderStore) -> Result<(), Failure> {
        self.report.begin(file);
        self.known.begin_file();
        let total = source.count();
        let mut progress = ProgressPrinter::new();
        let mut rows = source.rows().map_err(Failure::new)?;
        let (mut done, mut table, mut number) = (0, String::new(), 0);
        loop {
            let mut batch = Vec::new();
            let mut read = 0;
            for row in rows.by_ref().take(BATCH_SIZE) {
                let row = row.map_err(|error| self.report.interrupted(&error))?;
                read += 1;
                number += 1;
                if table != row.table_name {
                    table.clone_from(&row.table_name);
                    number = 1;
                }
                batch.extend(self.parse(&row, number)?);
            }
            if read == 0 {
                break;
            }
            self.batch(batch).await?;
            done += read;
            let what = "keys";
            progress.rows(Progress { what, done, total });
        }
        drop(progress);
        self.report.summarize()
    }

    /// Reads a row. What cannot be imported is reported.
    fn parse(&mut self, row: &OlderRow, number: u64) -> Result<Option<Pending>, Failure> {
        let place = Finding::new(row, number);
        match parse(row, SystemClock.now()) {
            Ok((key, notes)) => Ok(Some(Pending { place, key, notes })),
            Err(why) => {
                self.report.find(place, Treatment::NotImported, &[why])?;
                Ok(None)
            }
        }
    }

    async fn batch(&mut self, batch: Vec<Pending>) -> Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        let keys = ImportBatch {
            keys: batch.iter().map(|one| one.key.clone()).collect(),
            is_dry_run: self.report.is_dry_run(),
        };
        let outcomes = self.destination.import(keys).await;
        let outcomes = outcomes.map_err(|error| self.report.interrupted(&error))?;
        for (pending, outcome) in batch.into_iter().zip(outcomes) {
            let (outcome, is_repeated) = self.known.outcome(&pending.key, outcome);
            self.report_outcome(pending, outcome, is_repeated)?;
        }
        Ok(())
    }

    fn report_outcome(
        &mut self,
        pending: Pending,
        outcome: ImportOutcome,
        is_repeated: bool,
    ) -> Result<(), Failure> {
        let Pending {
            place,
            key,
            mut notes,
        } = pending;
        let treatment = match outcome {
            ImportOutcome::Imported(id) => {
                if key.id.is_none_or(|own| own.to_string() != id) {
                    notes.push(new_id(key.id, &id));
                }
                Treatment::Imported(id)
            }
            ImportOutcome::Exists(_) if is_repeated => {
                notes = vec!["hash: another row has the same one".to_owned()];
                Treatment::NotImported
            }
            // It was listed when it was imported.
            ImportOutcome::Exists(_) => {
                notes.clear();
                Treatment::Existed
            }
            ImportOutcome::Revoked(id) => {
                notes = vec![
                    "the key existed as active, and is revoked now as it is in this row".to_owned(),
                ];
                Treatment::Revoked(id)
            }
            ImportOutcome::OtherAccount => {
                notes = vec!["hash: a key of another account has the same one".to_owned()];
                Treatment::NotImported
            }
            ImportOutcome::Removed(id) => {
                notes = vec!["the key was here before, and was deleted since".to_owned()];
                Treatment::Removed(id)
            }
        };
        self.report.find(place, treatment, &notes)
    }
}

fn new_id(own: Option<KeyId>, id: &str) -> String {
    let why = match own {
        Some(_) => "another key has this one",
        None => "expected a UUID in lower case with hyphens",
    };
    format!("id: {why}: imported as {id}")
}
