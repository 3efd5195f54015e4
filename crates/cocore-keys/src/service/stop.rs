//! A change that stops half way: refused by the service, or failed in the store.

use super::Keys;
use super::error::KeyError;
use crate::store::KeyStore;
use crate::transaction::{KeyTransaction, TransactionFailed};

/// Why a change stops.
pub(super) enum Stop {
    /// It is refused. It has written nothing.
    Refused(KeyError),
    /// A statement failed.
    Failed(TransactionFailed),
}

impl From<KeyError> for Stop {
    fn from(error: KeyError) -> Self {
        Self::Refused(error)
    }
}

impl From<TransactionFailed> for Stop {
    fn from(failed: TransactionFailed) -> Self {
        Self::Failed(failed)
    }
}

impl<S: KeyStore> Keys<S> {
    /// Runs a change in one transaction, perhaps twice: the first may have been rolled back.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl Fn(&mut dyn KeyTransaction) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, KeyError> {
        let outcome = self
            .store
            .key_change(move |transaction| match change(transaction) {
                Ok(value) => Ok(Ok(value)),
                Err(Stop::Refused(error)) => Ok(Err(error)),
                Err(Stop::Failed(failed)) => Err(failed),
            });
        outcome.await?
    }
}
