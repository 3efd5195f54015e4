//! A vault in memory that counts, and a client as the server would hand in.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use cocore_oauth::{Kind, Vault, VaultError};

#[derive(Clone, Default)]
pub(crate) struct Memory(pub Arc<Mutex<Inner>>);

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) values: HashMap<(Kind, String), String>,
    pub(crate) puts: Vec<Kind>,
}

impl Vault for Memory {
    async fn put(&self, kind: Kind, key: String, value: String) -> Result<(), VaultError> {
        let mut inner = self.0.lock().unwrap();
        inner.puts.push(kind);
        inner.values.insert((kind, key), value);
        Ok(())
    }
    async fn get(&self, kind: Kind, key: String) -> Result<Option<String>, VaultError> {
        Ok(self.0.lock().unwrap().values.get(&(kind, key)).cloned())
    }
    async fn delete(&self, kind: Kind, key: String) -> Result<(), VaultError> {
        self.0.lock().unwrap().values.remove(&(kind, key));
        Ok(())
    }
}

impl Memory {
    pub(crate) fn session(&self, did: &str) -> Option<serde_json::Value> {
        let inner = self.0.lock().unwrap();
        let text = inner.values.get(&(Kind::Session, did.to_owned()))?;
        Some(serde_json::from_str(text).unwrap())
    }

    pub(crate) fn set(&self, did: &str, session: &serde_json::Value) {
        let mut inner = self.0.lock().unwrap();
        inner
            .values
            .insert((Kind::Session, did.to_owned()), session.to_string());
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.0
            .lock()
            .unwrap()
            .values
            .keys()
            .filter(|(one, _)| *one == kind)
            .count()
    }

    pub(crate) fn puts(&self, kind: Kind) -> usize {
        self.0
            .lock()
            .unwrap()
            .puts
            .iter()
            .filter(|one| **one == kind)
            .count()
    }
}

pub(crate) fn client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
}
