//! What a client authenticates itself with.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::HeaderValue;
use lexicon_runtime::{MethodKind, Secret};

use crate::error::BoxError;

/// The method that a token is asked for: a service-auth token is good for one method alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallInfo {
    /// The NSID of the method.
    pub nsid: &'static str,
    /// Query or procedure.
    pub kind: MethodKind,
}

type Token = Pin<Box<dyn Future<Output = Result<Secret, BoxError>> + Send>>;

/// The credential of a client.
#[derive(Clone)]
pub(crate) enum Credential {
    None,
    Bearer(Secret),
    Provider(Arc<dyn Fn(CallInfo) -> Token + Send + Sync>),
}

impl Credential {
    pub(crate) fn provider<F, T>(token: F) -> Self
    where
        F: Fn(CallInfo) -> T + Send + Sync + 'static,
        T: Future<Output = Result<Secret, BoxError>> + Send + 'static,
    {
        Self::Provider(Arc::new(move |call| Box::pin(token(call))))
    }

    /// The value of the header `Authorization`, which is never logged.
    pub(crate) async fn header(&self, call: CallInfo) -> Result<Option<HeaderValue>, BoxError> {
        let token = match self {
            Self::None => return Ok(None),
            Self::Bearer(secret) => secret.clone(),
            Self::Provider(provider) => provider(call).await?,
        };
        // The error of `http` does not quote the value.
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(..)",
            Self::Provider(_) => "Provider(..)",
        })
    }
}
