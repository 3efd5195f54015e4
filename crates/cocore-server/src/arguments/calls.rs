//! The arguments of `key limit` and `key usage`.

use clap::{Args, ValueEnum};

use super::key_options::{Account, KeyOptions};

/// The arguments of `key limit`.
#[derive(Args, Debug)]
pub struct LimitArguments {
    /// The account.
    #[command(flatten)]
    pub account: Account,
    /// What every command for keys has.
    #[command(flatten)]
    pub options: KeyOptions,
    /// The limits.
    #[command(flatten)]
    pub limits: NewLimits,
    /// The id of the key, from `key list` [default: the whole account]
    pub id: Option<String>,
}

/// The limits that replace those that were set.
#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub struct NewLimits {
    /// How many tokens of prompts and answers in a day of UTC
    #[arg(long, value_name = "TOKENS")]
    pub tokens_per_day: Option<i64>,
    /// How many tokens of prompts and answers in a month of UTC
    #[arg(long, value_name = "TOKENS")]
    pub tokens_per_month: Option<i64>,
    /// How many calls in a minute
    #[arg(long, value_name = "CALLS")]
    pub requests_per_minute: Option<i64>,
    /// A model that may be used; may be repeated
    #[arg(long = "model", value_name = "MODEL")]
    pub models: Vec<String>,
    /// Remove all limits
    #[arg(long, conflicts_with_all = ["tokens_per_day", "tokens_per_month", "requests_per_minute", "models"])]
    pub none: bool,
}

/// The arguments of `key usage`.
#[derive(Args, Debug)]
pub struct UsageArguments {
    /// The account.
    #[command(flatten)]
    pub account: Account,
    /// What every command for keys has.
    #[command(flatten)]
    pub options: KeyOptions,
    /// When to begin, such as 2030-01-31T12:00:00Z [default: 24 hours, 30 days or 12 months ago]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// When to stop [default: now]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// For how long each sum is
    #[arg(long, value_enum, default_value_t = UsageStep::Day)]
    pub by: UsageStep,
    /// The id of the key, from `key list` [default: all calls of the account]
    pub id: Option<String>,
}

/// For how long a sum of usage is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum UsageStep {
    /// An hour
    Hour,
    /// A day of UTC
    Day,
    /// A month of UTC
    Month,
}

impl UsageStep {
    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}
