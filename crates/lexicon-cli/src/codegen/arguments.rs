use std::path::PathBuf;

use lexicon_codegen::External;

/// The arguments of `lexicon codegen`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// Change nothing; fail if the code on disk is not what the lexicons give.
    #[arg(long)]
    pub check: bool,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// A directory of lexicons that references may lead to; no code is generated from these. Can be given
    /// several times.
    #[arg(long, value_name = "DIR")]
    pub with: Vec<PathBuf>,
    /// The directory of the generated code; by default that of `lexicon.toml`. Nothing else may be
    /// in it, but for files whose names begin with a dot.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Refer to the types of lexicons below an NSID prefix in another crate that was generated from
    /// the same lexicons, instead of generating them again.
    #[arg(long, value_name = "NSID-PREFIX=CRATE-PATH")]
    pub external: Vec<External>,
    /// Write nothing if a lexicon has an error. By default, the code of the others is written, and the
    /// earlier code of the lexicon stays.
    #[arg(long)]
    pub all_or_nothing: bool,
    /// Print one JSON object: `documents`, `written`, `differences` with `file` and `difference` each,
    /// and `diagnostics` with `file`, `pointer`, `rule`, `level` and `message` each.
    #[arg(long)]
    pub json: bool,
}
