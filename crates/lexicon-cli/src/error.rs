//! Why a command could not do its work.

use std::io;
use std::path::{Path, PathBuf};

use lexicon_codegen::SettingsError;
use lexicon_schema::Diagnostic;
use thiserror::Error;

#[cfg(feature = "network")]
use crate::published::account_error::AccountError;
#[cfg(feature = "network")]
use crate::published::pds_error::PdsError;
use crate::report;

/// The reason why a command could not do its work. The exit code is 2.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// `lexicon.toml` is malformed, or has an unknown setting.
    #[error("{}: {source}", file.display())]
    Settings {
        /// The file.
        file: PathBuf,
        /// The cause, with its line.
        source: SettingsError,
    },
    /// There is no `lexicon.toml` with the directory of the generated code.
    #[error(
        "there is no lexicon.toml in this directory or in one above it. Create it beside Cargo.toml, \
         with the directories of the lexicons and of the generated code:\n\n\
         [codegen]\nlexicons = \"lexicons\"\nout = \"src/generated\""
    )]
    NoSettings,
    /// The lexicons belong to no `lexicon.toml`, or it has no directory for generated code.
    #[error(
        "{}: the directory for the generated code is not known: add `out = \"src/generated\"` to \
         `[codegen]` in the lexicon.toml of these lexicons, or give --out",
        lexicons.display()
    )]
    NoOut {
        /// The directory of the lexicons.
        lexicons: PathBuf,
    },
    /// There is no file to compare the OpenAPI document with.
    #[error(
        "the file of the OpenAPI document is not known: add `out = \"openapi.json\"` to `[openapi]` in \
         lexicon.toml, or give --out"
    )]
    NoOpenApiFile,
    /// A name leads to no type of data.
    #[error("`{0}`: there is no such type of data in the lexicons")]
    NoSuchType(String),
    /// A directory holds no lexicons: it is likely mistyped.
    #[error("{}: there are no lexicons in this directory", .0.display())]
    NoLexicons(PathBuf),
    /// The output directory holds a file that was not generated.
    #[error(
        "{}: this file was not generated, and would be lost. Move it, or choose an `out` directory \
         that holds generated code alone",
        .0.display()
    )]
    NotGenerated(PathBuf),
    /// The output directory holds a symbolic link, and what it leads to would be written or removed.
    #[error("{}: a symbolic link leads out of the directory of the generated code: remove it", .0.display())]
    LinkInOutput(PathBuf),
    /// Lexicons that have to be valid are not.
    #[error("{}", report::lines(.0))]
    InvalidLexicons(Vec<Diagnostic>),
    /// A value cannot be checked, since its definition is missing or is no type of data.
    #[error("{reason}{}", report::lines_below(unread))]
    Unknown {
        /// What is missing.
        reason: String,
        /// The lexicons that cannot be read, which may define it.
        unread: Vec<Diagnostic>,
    },
    /// The earlier state of the lexicons is neither a directory nor a revision of the repository.
    #[error("{}: neither a directory nor a revision: {message}", base.display())]
    NoBase {
        /// The directory or revision.
        base: PathBuf,
        /// What git printed.
        message: String,
    },
    /// A revision holds no lexicons.
    #[error("{}: there are no lexicons below {}", base.display(), dir.display())]
    NoLexiconsAt {
        /// The revision.
        base: PathBuf,
        /// The directory.
        dir: PathBuf,
    },
    /// `--deny` or `--allow` names a rule that there is not.
    #[error("there is no rule or level `{0}`")]
    NoSuchRule(String),
    /// `--allow` names a rule that keeps code from being generated.
    #[error("`{0}` cannot be allowed: no code is generated from a lexicon that violates it")]
    CannotAllow(String),
    /// A program that the command needs cannot be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// The program.
        program: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// A program that the command needs failed.
    #[error("{command}: {message}")]
    Program {
        /// The program and its arguments.
        command: String,
        /// What it printed.
        message: String,
    },
    /// The threads that wait for the network cannot be set up.
    #[error("cannot wait for the network: {0}")]
    #[cfg(feature = "network")]
    Runtime(io::Error),
    /// The network cannot be set up, or an account cannot be resolved.
    #[error(transparent)]
    #[cfg(feature = "network")]
    Network(#[from] lexicon_resolver::ResolveLexiconError),
    /// The account that publishes is not known, or not authenticated.
    #[error(transparent)]
    #[cfg(feature = "network")]
    Account(#[from] AccountError),
    /// The account's server rejected the account.
    #[error(transparent)]
    #[cfg(feature = "network")]
    Pds(#[from] PdsError),
    /// `lexicon.lock` is malformed.
    #[error("{}: {reason}", file.display())]
    #[cfg(feature = "network")]
    Lock {
        /// The file.
        file: PathBuf,
        /// The cause.
        reason: String,
    },
    /// `history.toml` is malformed.
    #[error("{}: {reason}", file.display())]
    History {
        /// The file.
        file: PathBuf,
        /// The cause, with its line.
        reason: String,
    },
    /// The port of the pages cannot be used.
    #[error("cannot listen on {address}: {source}. Another port can be given with --port")]
    #[cfg(feature = "serve")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// There is no `lexicon.lock`.
    #[error("there is no {}: `lexicon add NSID` creates it", .0.display())]
    #[cfg(feature = "network")]
    NoLock(PathBuf),
    /// A lexicon is not pinned.
    #[error("{nsid} is not pinned: `lexicon add {nsid}` pins it")]
    #[cfg(feature = "network")]
    NotPinned {
        /// The NSID.
        nsid: lexicon_runtime::Nsid,
    },
    /// The runtime that generated code is compiled with is not found.
    #[error(
        "{reason}. Generated code is compiled with `lexicon-runtime`: run the command in a package \
         that depends on it, or give --runtime with its directory or its version"
    )]
    NoRuntime {
        /// Why it is not found.
        reason: String,
    },
}

impl Error {
    /// Adds the path to an error of the file system.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
