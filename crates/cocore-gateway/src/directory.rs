//! Which upstream has which model.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::settings::Settings;
use crate::tls::client_config;
use crate::upstream::Upstream;

/// The most models that an upstream's own list is read for.
const MAX_MODELS: usize = 10_000;

/// The upstreams and their models, as they are known now.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) settings: Settings,
    upstreams: Vec<Entry>,
    /// The models by their names here.
    models: BTreeMap<String, Vec<Offer>>,
    /// Where the next search among equals begins.
    next: AtomicUsize,
}

#[derive(Clone, Debug)]
struct Entry {
    upstream: Arc<Upstream>,
    /// Its models, once it was asked for them.
    found: Option<Vec<String>>,
}

/// A model of an upstream.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) upstream: Arc<Upstream>,
    /// The name of the model there.
    pub(crate) model: String,
}

impl Offer {
    /// The most tokens of a prompt, if the settings say.
    pub(crate) fn max_input(&self) -> Option<u64> {
        let own = &self.upstream.settings;
        own.max_input.get(&self.model).copied()
    }

    /// The most tokens of an answer for which the client sets no limit, if the settings say.
    pub(crate) fn max_output(&self) -> Option<u64> {
        let own = &self.upstream.settings;
        own.max_output.get(&self.model).copied()
    }
}

impl Directory {
    /// The upstreams of settings. What has not changed since the last ones keeps its calls, and the models that were found.
    ///
    /// # Errors
    /// The certificates of the system cannot be read.
    pub(crate) fn new(settings: Settings, last: &Self) -> Result<Self, rustls::Error> {
        // Read once, and not at all without a new upstream.
        let tls = LazyCell::new(client_config);
        let entries = settings.upstreams.iter().map(|own| {
            let mut entries = last.upstreams.iter();
            let same = entries.find(|entry| entry.upstream.is_at(own));
            let same_settings = same.filter(|same| same.upstream.settings == *own);
            if let Some(same) = same_settings {
                return Ok(same.clone());
            }
            Ok(Entry {
                upstream: Arc::new(Upstream::new(own.clone(), tls.clone()?)),
                // Its models are those that it had, until it is asked again.
                found: same.and_then(|same| same.found.clone()),
            })
        });
        let upstreams = entries.collect::<Result<_, rustls::Error>>()?;
        Ok(Self::of(settings, upstreams))
    }

    /// The same with the models that an upstream was found to have.
    pub(crate) fn with_models(&self, id: u64, mut found: Vec<String>) -> Self {
        found.truncate(MAX_MODELS);
        found.sort_unstable();
        found.dedup();
        let mut upstreams = self.upstreams.clone();
        for entry in &mut upstreams {
            if entry.upstream.id == id {
                entry.found = Some(found.clone());
            }
        }
        Self::of(self.settings.clone(), upstreams)
    }

    fn of(settings: Settings, upstreams: Vec<Entry>) -> Self {
        let mut models: BTreeMap<String, Vec<Offer>> = BTreeMap::new();
        for Entry { upstream, found } in &upstreams {
            let own = &upstream.settings;
            let Some(names) = own.models.as_ref().or(found.as_ref()) else {
                continue;
            };
            let names: BTreeSet<_> = names.iter().collect();
            // A model of the upstream goes before an alias of the same name.
            let aliases = own
                .aliases
                .iter()
                .filter(|(name, model)| names.contains(model) && !names.contains(name));
            let names = names.iter().map(|name| (*name, *name));
            for (name, model) in names.chain(aliases) {
                models.entry(name.clone()).or_default().push(Offer {
                    upstream: upstream.clone(),
                    model: model.clone(),
                });
            }
        }
        Self {
            settings,
            upstreams,
            models,
            next: AtomicUsize::default(),
        }
    }

    /// Whether there is any upstream.
    pub(crate) fn is_empty(&self) -> bool {
        self.upstreams.is_empty()
    }

    /// Whether an upstream is among them.
    pub(crate) fn has(&self, id: u64) -> bool {
        let mut upstreams = self.upstreams.iter();
        upstreams.any(|entry| entry.upstream.id == id)
    }

    /// Returns the upstreams that have to be asked for their models.
    pub(crate) fn unlisted(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        let upstreams = self.upstreams.iter().map(|entry| &entry.upstream);
        upstreams.filter(|upstream| upstream.settings.models.is_none())
    }

    /// Whether the models of an upstream are not known yet.
    pub(crate) fn has_unknown(&self) -> bool {
        let mut upstreams = self.upstreams.iter();
        upstreams.any(|entry| entry.upstream.settings.models.is_none() && entry.found.is_none())
    }

    /// Returns the upstreams with a model, the one with the most room first; `is_allowed` says of each name whether the
    /// caller may use it. An alias is allowed where its model is.
    pub(crate) fn offers(&self, name: &str, is_allowed: impl Fn(&str) -> bool) -> Vec<Offer> {
        let offers = self.models.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_allowed = |offer: &&Offer| is_allowed(name) || is_allowed(&offer.model);
        let mut offers: Vec<_> = offers.iter().filter(is_allowed).cloned().collect();
        if offers.len() > 1 {
            let first = self.next.fetch_add(1, Ordering::Relaxed) % offers.len();
            offers.rotate_left(first);
            offers.sort_by_key(|offer| offer.upstream.load());
        }
        offers
    }

    /// Returns the names of the models that the caller may use, sorted.
    pub(crate) fn names<'d>(
        &'d self,
        is_allowed: impl Fn(&str) -> bool + 'd,
    ) -> impl Iterator<Item = &'d str> {
        let models = self.models.iter().filter(move |(name, offers)| {
            is_allowed(name) || offers.iter().any(|offer| is_allowed(&offer.model))
        });
        models.map(|(name, _)| &name[..])
    }
}
