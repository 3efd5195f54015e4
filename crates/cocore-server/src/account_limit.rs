//! A limit of requests at once, for each account.

use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::per_account::PerAccount;

/// How many lists of one account are made and sent at once.
const MAX_LISTS: usize = 2;
/// How long a list waits for others of its account.
const LIST_TIMEOUT: Duration = Duration::from_secs(10);

/// How many requests of one account may be in progress at once. Others wait, and hold nothing meanwhile.
pub struct AccountLimit {
    at_once: usize,
    timeout: Duration,
    /// The accounts with requests in progress.
    accounts: PerAccount<Semaphore>,
}

impl AccountLimit {
    /// The limit of lists that are made and sent.
    pub fn of_lists() -> Self {
        Self::new(MAX_LISTS, LIST_TIMEOUT)
    }

    /// A limit of so many requests at once, for which others wait so long.
    pub fn new(at_once: usize, timeout: Duration) -> Self {
        Self {
            at_once,
            timeout,
            accounts: PerAccount::default(),
        }
    }

    /// Waits until the account may make another request, which is in progress until the permit is dropped.
    /// `None`: it took too long.
    pub async fn permit(&self, did: &str) -> Option<OwnedSemaphorePermit> {
        let account = self.accounts.of(did, || Semaphore::new(self.at_once));
        // It is never closed.
        let permit = timeout(self.timeout, account.acquire_owned()).await.ok()?;
        permit.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_account_has_a_limit_of_its_own() {
        let limit = AccountLimit::new(2, Duration::from_secs(10));
        let first = limit.permit("alice").await;
        let second = limit.permit("alice").await;
        assert!(first.is_some() && second.is_some());
        assert!(limit.permit("alice").await.is_none());
        assert!(limit.permit("bob").await.is_some());
        drop(first);
        assert!(limit.permit("alice").await.is_some());
    }
}
