//! The arguments that say where the server listens.

use clap::Args;

/// Where the server listens, and how others call it, as it was written.
#[derive(Args, Clone, Debug)]
pub struct ListenArguments {
    /// Address and port on which the server listens, or unix:PATH for a Unix socket; port 0 takes a free port
    #[arg(
        long,
        env = "COCORE_LISTEN",
        default_value = "127.0.0.1:8080",
        help_heading = "Network"
    )]
    pub listen: String,
    /// The origin at which clients reach this server, such as `https://keys.example.com`
    #[arg(long, env = "COCORE_PUBLIC_URL", help_heading = "Network")]
    pub public_url: Option<String>,
}
