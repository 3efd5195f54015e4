//! What calls of models have cost: by day, by model, and in all.

use chrono::NaiveDate;

use crate::number::{count, grouped};

/// The heads of the columns of [`UsageCounts::cells`].
const COLUMNS: [&str; 6] = [
    "Calls",
    "Errors",
    "Prompt tokens",
    "From a cache",
    "Answer tokens",
    "Estimated calls",
];

/// What calls have cost together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageCounts {
    /// The calls that an upstream got.
    pub calls: u64,
    /// Those of them that failed.
    pub errors: u64,
    /// Those of them of which tokens are estimated.
    pub estimated: u64,
    /// The tokens of prompts.
    pub input: u64,
    /// The tokens of answers.
    pub output: u64,
    /// Those of the prompts that a cache had.
    pub cached: u64,
}

/// What the calls of a day have cost.
#[derive(Clone, Copy, Debug)]
pub struct UsageDay {
    /// The day, of UTC.
    pub day: NaiveDate,
    /// What they have cost.
    pub counts: UsageCounts,
}

/// What the calls of a model have cost.
#[derive(Clone, Debug)]
pub struct UsageOfModel {
    /// The model, by the upstream's name.
    pub model: String,
    /// What they have cost.
    pub counts: UsageCounts,
}

/// What calls have cost in the last days.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Each of these days, also those without calls, the oldest first.
    pub days: Vec<UsageDay>,
    /// The models of these days, the one with the most tokens first.
    pub models: Vec<UsageOfModel>,
}

impl UsageCounts {
    /// All tokens.
    pub(crate) fn tokens(&self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// The values of [`COLUMNS`].
    fn cells(&self) -> [String; 6] {
        [
            self.calls,
            self.errors,
            self.input,
            self.cached,
            self.output,
            self.estimated,
        ]
        .map(grouped)
    }
}

/// A table of numbers.
pub(crate) struct UsageTable {
    /// What it shows, for people who do not see where it stands.
    pub(crate) label: &'static str,
    /// The head of the first column.
    pub(crate) head: &'static str,
    /// The rows, each with its head.
    pub(crate) rows: Vec<(String, [String; 6])>,
    /// The sum of the rows, if it is shown.
    pub(crate) sum: Option<[String; 6]>,
}

impl UsageTable {
    /// The heads of the columns after the first one.
    pub(crate) fn columns(&self) -> [&'static str; 6] {
        COLUMNS
    }
}

impl Usage {
    /// Whether there was no call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sum().calls == 0
    }

    /// What all calls have cost together.
    pub(crate) fn sum(&self) -> UsageCounts {
        let add = |sum: UsageCounts, day: &UsageDay| {
            let of = day.counts;
            UsageCounts {
                calls: sum.calls.saturating_add(of.calls),
                errors: sum.errors.saturating_add(of.errors),
                estimated: sum.estimated.saturating_add(of.estimated),
                input: sum.input.saturating_add(of.input),
                output: sum.output.saturating_add(of.output),
                cached: sum.cached.saturating_add(of.cached),
            }
        };
        self.days.iter().fold(UsageCounts::default(), add)
    }

    /// How many days these are: `30 days`.
    pub(crate) fn span(&self) -> String {
        count(u64::try_from(self.days.len()).unwrap_or_default(), "day")
    }

    /// The sum as a sentence.
    pub(crate) fn summary(&self) -> String {
        let sum = self.sum();
        let mut text = format!(
            "{} in {} in the last {}: {} of prompts and {} of answers.",
            count(sum.tokens(), "token"),
            count(sum.calls, "call"),
            self.span(),
            grouped(sum.input),
            grouped(sum.output),
        );
        if sum.errors > 0 {
            text += &format!(" {} failed.", count(sum.errors, "call"));
        }
        text
    }

    /// The days with calls, the latest first.
    pub(crate) fn by_day(&self) -> UsageTable {
        let days = self.days.iter().rev().filter(|day| day.counts.calls > 0);
        let row = |day: &UsageDay| (crate::time::day(day.day), day.counts.cells());
        UsageTable {
            label: "Usage by day",
            head: "Day",
            rows: days.map(row).collect(),
            sum: None,
        }
    }

    /// The models, and their sum if there are several.
    pub(crate) fn by_model(&self) -> UsageTable {
        let row = |of: &UsageOfModel| (of.model.clone(), of.counts.cells());
        UsageTable {
            label: "Usage by model",
            head: "Model",
            rows: self.models.iter().map(row).collect(),
            sum: (self.models.len() > 1).then(|| self.sum().cells()),
        }
    }
}
