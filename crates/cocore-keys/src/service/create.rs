//! Creating a key.

use chrono::{DateTime, Utc};

use super::Keys;
use super::error::KeyError;
use super::stop::Stop;
use crate::access::{Access, Grant};
use crate::caller::{Caller, CallerCredential};
use crate::event::{Event, EventKind};
use crate::expiry::parse_expiry;
use crate::idempotency::{ANSWER_RETENTION, Repeatable, StoredAnswer};
use crate::key::{ActiveKey, Key, KeyStatus, Lineage, NewKey};
use crate::models::Models;
use crate::name::{KeyName, KeyNote};
use crate::quota::Quota;
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::store::{Creation, Creator, KeyStore};
use crate::transaction::KeyTransaction;

/// What a new key is to be. What is left out, a key that creates it hands on as it has it.
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// Its label.
    pub name: KeyName,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it may do.
    pub scopes: Option<Scopes>,
    /// The models that it may use.
    pub models: Option<Models>,
    /// A note.
    pub note: Option<KeyNote>,
}

impl CreateRequest {
    /// A key with a name, and nothing else.
    pub fn named(name: KeyName) -> Self {
        Self {
            name,
            expires_at: None,
            scopes: None,
            models: None,
            note: None,
        }
    }
}

/// The result of a request that creates a key.
#[derive(Debug)]
pub enum Created {
    /// The key was created. This is the only time that its secret is returned.
    New(Box<Key>, Secret),
    /// The request was made before: its encrypted answer.
    Repeated(Vec<u8>),
}

impl<S: KeyStore> Keys<S> {
    /// Creates a key for the account of a caller. It is active once this returns. The same repeatable request
    /// creates one key.
    ///
    /// # Errors
    /// The expiry is invalid, the key would have more than the caller, the account has too many keys, or the
    /// caller's key is not active any more, or was changed meanwhile.
    pub async fn create(
        &self,
        caller: &Caller,
        request: CreateRequest,
        repeatable: Option<Repeatable>,
    ) -> Result<Created, KeyError> {
        let (id, now) = self.next_id()?;
        let access = Access::new(request.scopes, request.models);
        let grant = match grant_for(caller, access, request.expires_at, now) {
            Ok(grant) => grant,
            // The request may have been valid when it was made before.
            Err(error) => {
                let Some(repeatable) = repeatable else {
                    return Err(error);
                };
                let earlier = self.find_answer(repeatable).await?;
                return earlier.map(Created::Repeated).ok_or(error);
            }
        };
        let lineage = Lineage {
            parent: caller.key_id().map(|id| id.to_string()),
            ..Lineage::default()
        };
        let secret = Secret::from_random(self.random()?);
        let active = ActiveKey {
            digest: secret.digest(),
            id,
            did: caller.did.clone(),
            created_at: now,
            expires_at: grant.expires_at,
            last_used_at: None,
            access: grant.access,
        };
        let key = NewKey {
            active,
            name: request.name,
            prefix: secret.prefix().to_owned(),
            note: request.note,
            lineage,
        };
        let text = key.active.id.to_string();
        let event = Event::new(
            caller,
            EventKind::Created,
            &text,
            Some(key.name.as_str()),
            now,
        );
        let creation = Creation {
            key: key.clone(),
            event,
            creator: creator(caller),
        };
        let quota = self.quota_of(caller);
        if repeatable.is_none()
            && quota.is_unlimited()
            && self.store.key_create(creation.clone()).await?
        {
            return Ok(Created::New(Box::new(key.into()), secret));
        }
        let answer = repeatable
            .as_ref()
            .map(|one| one.answer(&key, &secret, now));
        let earlier = self.change(move |transaction| {
            let earlier = earlier_answer(transaction, repeatable.as_ref(), now)?;
            if earlier.is_none() {
                create(transaction, &creation, quota, answer.as_ref())?;
            }
            Ok(earlier)
        });
        Ok(match earlier.await? {
            None => Created::New(Box::new(key.into()), secret),
            Some(sealed) => Created::Repeated(sealed),
        })
    }

    /// Returns the encrypted answer to a request, if it was made before.
    ///
    /// # Errors
    /// It was made with another body, or the store is unavailable.
    pub async fn find_answer(&self, repeatable: Repeatable) -> Result<Option<Vec<u8>>, KeyError> {
        let now = self.clock.now();
        self.change(move |transaction| earlier_answer(transaction, Some(&repeatable), now))
            .await
    }

    /// Returns the quota that applies to a caller: the operator has none.
    pub(super) fn quota_of(&self, caller: &Caller) -> Quota {
        match caller.credential {
            CallerCredential::Operator => Quota::default(),
            _ => self.quota,
        }
    }
}

/// Returns what has to be true of the key of a caller.
pub(super) fn creator(caller: &Caller) -> Option<Creator> {
    match &caller.credential {
        CallerCredential::ApiKey { id, grant } => Some(Creator {
            id: *id,
            grant: grant.clone(),
        }),
        _ => None,
    }
}

/// Returns what a caller gives a new key.
fn grant_for(
    caller: &Caller,
    access: Access,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Grant, KeyError> {
    let expires_at = expires_at.map(|at| parse_expiry(at, now)).transpose()?;
    match &caller.credential {
        CallerCredential::ApiKey { grant, .. } => hand_on(access, expires_at, grant),
        CallerCredential::Session | CallerCredential::ServiceAuth | CallerCredential::Operator => {
            Ok(Grant { access, expires_at })
        }
    }
}

/// Returns what a key hands on to one that it creates: what was asked for, and where nothing was, what it has.
fn hand_on(
    access: Access,
    expires_at: Option<DateTime<Utc>>,
    own: &Grant,
) -> Result<Grant, KeyError> {
    let scopes = access.scopes().or(own.access.scopes()).cloned();
    let models = access.models().or(own.access.models()).cloned();
    let grant = Grant {
        access: Access::new(scopes, models),
        expires_at: expires_at.or(own.expires_at),
    };
    grant.check_within(own)?;
    Ok(grant)
}

/// Stores a key. There is no earlier answer.
fn create(
    transaction: &mut dyn KeyTransaction,
    creation: &Creation,
    quota: Quota,
    answer: Option<&StoredAnswer>,
) -> Result<(), Stop> {
    let active = &creation.key.active;
    let (did, now) = (active.did.as_str(), active.created_at);
    check_creator(transaction, did, creation.creator.as_ref(), now)?;
    make_room(transaction, did, quota, now)?;
    transaction.insert(&creation.key)?;
    transaction.record(&creation.event)?;
    if let Some(answer) = answer {
        transaction.remember(answer)?;
    }
    Ok(())
}

/// Checks that the key of a caller, if it has one, is active, and has what it had when the caller was authenticated.
pub(super) fn check_creator(
    transaction: &mut dyn KeyTransaction,
    did: &str,
    creator: Option<&Creator>,
    now: DateTime<Utc>,
) -> Result<(), Stop> {
    let Some(creator) = creator else {
        return Ok(());
    };
    let found = transaction.find(did, &creator.id.to_string())?;
    match found.map(|stored| stored.key) {
        Some(key) if creator.is_unchanged(&key, now) => Ok(()),
        Some(key) if key.status(now) == KeyStatus::Active => Err(KeyError::CallerChanged.into()),
        _ => Err(KeyError::CallerEnded.into()),
    }
}

/// Checks the quota of an account that is to have one more active key, and removes an old key if it is full.
fn make_room(
    transaction: &mut dyn KeyTransaction,
    did: &str,
    quota: Quota,
    now: DateTime<Utc>,
) -> Result<(), Stop> {
    if quota.is_unlimited() {
        return Ok(());
    }
    let counts = transaction.count(did, now)?;
    if let Some(max) = quota.exceeded_by_new(counts) {
        return Err(KeyError::QuotaExceeded(max.get()).into());
    }
    if quota.is_full(counts) && !transaction.remove_oldest_ended(did, now)? {
        return Err(KeyError::QuotaExceeded(counts.all).into());
    }
    Ok(())
}

/// Returns the encrypted answer to a request, if it was made before.
pub(super) fn earlier_answer(
    transaction: &mut dyn KeyTransaction,
    repeatable: Option<&Repeatable>,
    now: DateTime<Utc>,
) -> Result<Option<Vec<u8>>, Stop> {
    let Some(repeatable) = repeatable else {
        return Ok(None);
    };
    match transaction.answer(&repeatable.request, now)? {
        Some(found) if found.body != repeatable.body => Err(KeyError::IdempotencyConflict.into()),
        found => Ok(found.map(|found| found.sealed)),
    }
}

impl Repeatable {
    /// Returns the answer, to be stored with the key that the request creates.
    pub(super) fn answer(&self, key: &NewKey, secret: &Secret, now: DateTime<Utc>) -> StoredAnswer {
        StoredAnswer {
            request: self.request,
            body: self.body,
            sealed: (self.seal)(&key.clone().into(), secret),
            key_id: key.active.id.to_string(),
            expires_at: now + ANSWER_RETENTION,
        }
    }
}
