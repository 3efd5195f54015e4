//! What an import reports: a line for each row that was not imported as it is, and a summary of each file.

use std::fmt::Display;
use std::path::Path;

use cocore_store::OlderRow;
use serde::Serialize;

use super::row::printed;
use crate::command::describe::print_json;
use crate::command::output::print;
use crate::failure::Failure;

/// Where a row is, and what it says of itself.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    table: String,
    row: u64,
    id: String,
}

/// What was done with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is a key now, with this id.
    Imported(String),
    /// The key existed.
    Existed,
    /// The key existed, and was revoked.
    Revoked(String),
    /// The key was here before, and is not imported again.
    Removed(String),
    /// It is not a key here.
    NotImported,
}

/// How many rows were treated in each way.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    imported: u64,
    changed: u64,
    existed: u64,
    revoked: u64,
    removed: u64,
    not_imported: u64,
}

/// The report of an import.
pub(super) struct Report {
    is_json: bool,
    is_dry_run: bool,
    file: String,
    counts: Counts,
    /// In all files.
    all: Counts,
}

/// A row that was not imported as it is, as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'r> {
    file: &'r str,
    #[serde(flatten)]
    place: &'r Finding,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'r str>,
    notes: &'r [String],
}

/// The summary of a file as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'r> {
    file: &'r str,
    dry_run: bool,
    #[serde(flatten)]
    counts: &'r Counts,
}

impl Finding {
    /// A row by its number in its table.
    pub(super) fn new(row: &OlderRow, number: u64) -> Self {
        Self {
            table: row.table_name.clone(),
            row: number,
            id: printed(row.id.as_deref().unwrap_or_default()),
        }
    }
}

impl Treatment {
    fn name(&self) -> &'static str {
        match self {
            Self::Imported(_) => "imported",
            Self::Existed => "existed",
            Self::Revoked(_) => "revoked",
            Self::Removed(_) => "removed",
            Self::NotImported => "notImported",
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Imported(_) => "imported with a change",
            Self::Existed => "existed",
            Self::Revoked(_) => "revoked",
            Self::Removed(_) | Self::NotImported => "not imported",
        }
    }

    fn key_id(&self) -> Option<&str> {
        match self {
            Self::Imported(id) | Self::Revoked(id) | Self::Removed(id) => Some(id),
            Self::Existed | Self::NotImported => None,
        }
    }
}

impl Report {
    pub(super) fn new(is_json: bool, is_dry_run: bool) -> Self {
        Self {
            is_json,
            is_dry_run,
            file: String::new(),
            counts: Counts::default(),
            all: Counts::default(),
        }
    }

    /// Returns whether nothing is changed.
    pub(super) fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    /// Begins a file.
    pub(super) fn begin(&mut self, file: &Path) {
        self.file = file.display().to_string();
        self.counts = Counts::default();
    }

    /// Counts a row, and lists it if there is a note.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub(super) fn find(
        &mut self,
        place: Finding,
        treatment: Treatment,
        notes: &[String],
    ) -> Result<(), Failure> {
        let count = match &treatment {
            Treatment::Imported(_) => &mut self.counts.imported,
            Treatment::Existed => &mut self.counts.existed,
            Treatment::Revoked(_) => &mut self.counts.revoked,
            Treatment::Removed(_) => &mut self.counts.removed,
            Treatment::NotImported => &mut self.counts.not_imported,
        };
        *count += 1;
        if notes.is_empty() {
            return Ok(());
        }
        if matches!(treatment, Treatment::Imported(_)) {
            self.counts.changed += 1;
        }
        if self.is_json {
            return print_json(&Line {
                file: &self.file,
                place: &place,
                outcome: treatment.name(),
                key_id: treatment.key_id(),
                notes,
            });
        }
        let Finding { table, row, id } = place;
        let (file, table) = (self.file.escape_debug(), table.escape_debug());
        let (words, notes) = (treatment.words(), notes.join("; "));
        print(&format!(
            "{words}: {file}, row {row} of {table}, id {id}: {notes}"
        ))
    }

    /// Prints the summary of the file.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub(super) fn summarize(&mut self) -> Result<(), Failure> {
        let counts = std::mem::take(&mut self.counts);
        self.all.imported += counts.imported;
        self.all.not_imported += counts.not_imported;
        if self.is_json {
            return print_json(&Summary {
                file: &self.file,
                dry_run: self.is_dry_run,
                counts: &counts,
            });
        }
        let Counts {
            imported,
            changed,
            existed,
            revoked,
            removed,
            not_imported,
        } = counts;
        let mut line = self.file.escape_debug().to_string();
        if self.is_dry_run {
            line.push_str(", dry run");
        }
        line.push_str(&format!(": {imported} imported"));
        if changed > 0 {
            line.push_str(&format!(" ({changed} with a change)"));
        }
        line.push_str(&format!(", {existed} existed"));
        for (count, what) in [(revoked, "revoked"), (removed, "deleted here before")] {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
        print(&format!("{line}, {not_imported} not imported"))
    }

    /// Returns why the import could not go on, and what it has done.
    pub(super) fn interrupted(&self, error: &impl Display) -> Failure {
        if self.is_dry_run {
            return Failure::new(error);
        }
        let imported = self.all.imported + self.counts.imported;
        Failure::new(format!(
            "{error}; {imported} keys were imported: run the command again to import the others"
        ))
    }

    /// Fails if a row was not imported.
    ///
    /// # Errors
    /// How many were not.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self.all.not_imported {
            0 => Ok(()),
            1 => Err(Failure::new("1 row was not imported: it is listed above")),
            rows => Err(Failure::new(format!(
                "{rows} rows were not imported: they are listed above"
            ))),
        }
    }
}
