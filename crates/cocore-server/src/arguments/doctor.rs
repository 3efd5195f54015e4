//! The arguments of `doctor`.

use clap::Args;

use super::serve::RawSettings;

const EXAMPLES: &str = "\
Examples:
  cocore-server doctor --public-url https://keys.example.com --trusted-proxies 1
  cocore-server doctor --json

Give it the settings of the server, and run it as the server's user: a check is made with the rights of that user. The
server may run. Nothing is changed. The exit code is 0 if no check failed, 1 if one failed, and 2 if the arguments are
invalid.";

/// The arguments of `doctor`: the settings of the server that is examined.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArguments {
    /// Print the checks as one JSON object
    #[arg(long)]
    pub json: bool,
    /// The settings.
    #[command(flatten)]
    pub settings: RawSettings,
}
