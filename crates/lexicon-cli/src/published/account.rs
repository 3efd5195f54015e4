//! The account that publishes, and what authenticates it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use atproto_resolver::{Did, Handle};
use lexicon_resolver::{Repository, ResolveLexiconError};
use lexicon_runtime::Secret;

use crate::error::Error;
use crate::published::account_error::{AccountError, PASSWORD, TOKEN};
use crate::published::network::Network;

/// The account that publishes.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Account")]
#[non_exhaustive]
pub struct AccountArguments {
    /// The account that publishes: a handle or a DID.
    #[arg(long, env = "LEXICON_ACCOUNT", value_name = "HANDLE-OR-DID")]
    pub account: Option<String>,
}

/// Files with what authenticates the account. Other users can read the arguments of a process, so none of them is
/// a secret.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Account")]
#[non_exhaustive]
pub struct CredentialArguments {
    /// A file with an app password of the account; the variable LEXICON_PASSWORD may hold it instead.
    #[arg(long, env = "LEXICON_PASSWORD_FILE", value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// A file with an access token of the account; the variable LEXICON_TOKEN may hold it instead.
    #[arg(long, env = "LEXICON_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// What authenticates the account.
#[derive(Debug)]
pub(crate) enum Credentials {
    Password(Secret),
    Token(Secret),
}

impl AccountArguments {
    /// Finds the repository of the account, if one is given.
    pub(crate) fn repository(&self, network: &Network) -> Result<Option<Repository>, Error> {
        let Some(text) = self.account.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        network.wait(async {
            let did = match (Did::parse(text), Handle::parse(text)) {
                (Ok(did), _) => did,
                (_, Ok(handle)) => {
                    let document = network.identities.resolve_account(&handle).await;
                    let document = document.map_err(ResolveLexiconError::from)?;
                    document.did().clone()
                }
                _ => return Err(AccountError::InvalidAccount(text.to_owned()).into()),
            };
            Ok(Some(network.lexicons.repository(&did).await?))
        })
    }
}

impl CredentialArguments {
    /// Reads the one credential.
    pub(crate) fn read(&self) -> Result<Credentials, Error> {
        let mut found = Vec::new();
        type Kind = fn(Secret) -> Credentials;
        let kinds: [(Kind, &str, &Option<PathBuf>, &str); 2] = [
            (
                Credentials::Password,
                PASSWORD,
                &self.password_file,
                "--password-file",
            ),
            (Credentials::Token, TOKEN, &self.token_file, "--token-file"),
        ];
        for (kind, variable, file, option) in kinds {
            if let Some(value) = env::var_os(variable).filter(|value| !value.is_empty()) {
                let value = value.into_string().ok();
                found.push((variable, kind(secret(variable, value)?)));
            }
            if let Some(file) = file {
                let text = fs::read_to_string(file).map_err(Error::io(file))?;
                found.push((option, kind(secret_of_file(file, text)?)));
            }
        }
        if found.len() > 1 {
            let names: Vec<_> = found.iter().map(|(name, _)| *name).collect();
            return Err(AccountError::SeveralCredentials(names.join(", ")).into());
        }
        let found = found.pop().map(|(_, credentials)| credentials);
        found.ok_or_else(|| AccountError::NoCredentials.into())
    }
}

fn secret_of_file(file: &Path, text: String) -> Result<Secret, AccountError> {
    secret(&file.display().to_string(), Some(text))
}

fn secret(name: &str, text: Option<String>) -> Result<Secret, AccountError> {
    let text = text.map(|text| text.trim().to_owned());
    let is_line = |text: &String| !text.is_empty() && !text.contains(char::is_control);
    let text = text.filter(is_line).map(Secret::from);
    text.ok_or_else(|| AccountError::InvalidCredential(name.to_owned()))
}
