//! The arguments of the log.

use clap::Args;

/// The settings of the log, as they were written.
#[derive(Args, Clone, Debug)]
pub struct LogArguments {
    /// What to log to standard error: error, warn, info, debug, trace, or target=level,...
    #[arg(
        long = "log",
        value_name = "LEVELS",
        env = "COCORE_LOG",
        default_value = "info,actix_server=warn",
        help_heading = "Log"
    )]
    pub levels: String,
    /// The format of the log: text, or json with one object per line
    #[arg(
        long = "log-format",
        value_name = "FORMAT",
        env = "COCORE_LOG_FORMAT",
        default_value = "text",
        help_heading = "Log"
    )]
    pub format: String,
}
