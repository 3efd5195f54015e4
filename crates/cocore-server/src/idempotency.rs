//! Requests with an `Idempotency-Key`: the same request creates one key, and is answered in the same way, its secret
//! included. The answer is stored encrypted with a key that is derived from the header, and with the encryption key
//! of the server where there is one: whoever has the database alone cannot read it.
//! Source: draft-ietf-httpapi-idempotency-key-header-07.

use std::sync::{Arc, OnceLock};

use cocore_keys::{Caller, Key, Random, Repeatable, Secret, StoreError, SystemRandom};
use lexicon_runtime::XrpcMethod;
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use xrpc_server::{Head, XrpcError};

use crate::aead;
use crate::encryption_key::{self, EncryptionKey};
use crate::errors::unavailable;
use crate::settings::EncryptionKeySource;

/// The header.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The shortest value, in bytes: 22 characters of base64url are 128 bits.
const MIN_LENGTH: usize = 22;
/// The longest value, in bytes.
const MAX_LENGTH: usize = 200;

/// Recognizes requests that are repeated.
#[derive(Clone)]
pub struct Idempotency {
    /// Where the encryption key comes from. It is read when it is first needed.
    source: Option<Arc<EncryptionKeySource>>,
    encryption_key: Arc<OnceLock<EncryptionKey>>,
    random: Arc<dyn Random>,
}

impl Idempotency {
    /// Creates one that encrypts with a key from this source, too.
    pub fn new(source: Option<EncryptionKeySource>, random: Arc<dyn Random>) -> Self {
        Self {
            source: source.map(Arc::new),
            encryption_key: Arc::default(),
            random,
        }
    }

    /// Returns what identifies a request, if it has the header.
    ///
    /// # Errors
    /// `InvalidRequest`: the header is there twice, or its value is too short to be random; `ServiceUnavailable`: the
    /// encryption key cannot be read.
    pub fn request<M: XrpcMethod>(
        &self,
        head: &Head,
        caller: &Caller,
        input: &M::Input,
    ) -> Result<Option<IdempotentRequest>, XrpcError>
    where
        M::Input: Serialize,
    {
        let mut values = head.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let is_random = (MIN_LENGTH..=MAX_LENGTH).contains(&value.len())
            && value.as_bytes().iter().all(u8::is_ascii_graphic);
        if values.next().is_some() || !is_random {
            return Err(XrpcError::invalid_request(format!(
                "Idempotency-Key: expected one value of {MIN_LENGTH} to {MAX_LENGTH} printable ASCII characters, \
                 such as a random UUID"
            )));
        }
        let key_id = caller.key_id().map(|id| id.to_string());
        let credential = key_id.as_deref().unwrap_or("account");
        let header = value.as_bytes();
        let body = serde_json::to_vec(input).map_err(XrpcError::internal)?;
        Ok(Some(IdempotentRequest {
            request: hash(&[
                caller.did.as_str().as_bytes(),
                credential.as_bytes(),
                M::NSID.as_bytes(),
                header,
            ]),
            body: hash(&[&body]),
            cipher: Arc::new(Cipher {
                derived: derive(header, M::NSID).map_err(|error| unavailable(&error))?,
                encryption_key: self.encryption_key()?,
                random: self.random.clone(),
            }),
        }))
    }

    fn encryption_key(&self) -> Result<Option<EncryptionKey>, XrpcError> {
        let Some(source) = &self.source else {
            return Ok(None);
        };
        if let Some(key) = self.encryption_key.get() {
            return Ok(Some(key.clone()));
        }
        let key = encryption_key::load(source, &SystemRandom);
        let key = key.map_err(|error| unavailable(&StoreError::unavailable(error.to_string())))?;
        Ok(Some(self.encryption_key.get_or_init(|| key).clone()))
    }
}

/// A request that may be repeated.
pub struct IdempotentRequest {
    request: [u8; 32],
    body: [u8; 32],
    cipher: Arc<Cipher>,
}

impl IdempotentRequest {
    /// Returns it for the key service. `output` makes the answer.
    pub fn repeatable<O: Serialize>(
        &self,
        output: impl Fn(&Key, &Secret) -> O + Send + Sync + 'static,
    ) -> Repeatable {
        let cipher = self.cipher.clone();
        Repeatable {
            request: self.request,
            body: self.body,
            // What cannot be encrypted is stored as nothing, which no request can read.
            seal: Arc::new(move |key, secret| {
                let json = serde_json::to_vec(&output(key, secret));
                let sealed = json.ok().and_then(|json| cipher.seal(json).ok());
                sealed.unwrap_or_default()
            }),
        }
    }

    /// Reads the stored answer. `None` if the server has another encryption key now.
    pub fn open<O: DeserializeOwned>(&self, sealed: &[u8]) -> Option<O> {
        serde_json::from_slice(&self.cipher.open(sealed)?).ok()
    }
}

/// Encrypts answers with the derived key, and then with that of the server.
struct Cipher {
    derived: LessSafeKey,
    encryption_key: Option<EncryptionKey>,
    random: Arc<dyn Random>,
}

impl Cipher {
    fn keys(&self) -> impl DoubleEndedIterator<Item = &LessSafeKey> {
        let own = self.encryption_key.as_ref().map(EncryptionKey::aead);
        [Some(&self.derived), own].into_iter().flatten()
    }

    fn seal(&self, json: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let mut keys = self.keys();
        keys.try_fold(json, |bytes, key| {
            aead::seal(key, &[], bytes, &*self.random)
        })
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut keys = self.keys().rev();
        keys.try_fold(sealed.to_vec(), |bytes, key| aead::open(key, &[], &bytes))
    }
}

/// Derives a key from a header, for a method. Source: RFC 5869.
fn derive(header: &[u8], nsid: &str) -> Result<LessSafeKey, StoreError> {
    let pseudorandom = Salt::new(HKDF_SHA256, b"cocore idempotency").extract(header);
    let info = [nsid.as_bytes()];
    let derived = pseudorandom.expand(&info, &CHACHA20_POLY1305);
    let derived = derived.map_err(|_| StoreError::unavailable("a key cannot be derived"))?;
    Ok(LessSafeKey::new(UnboundKey::from(derived)))
}

/// Hashes texts, each with its length before it.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
