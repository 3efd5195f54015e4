//! How often keys are created and methods called, by those who are authenticated. A failure costs nobody anything: a
//! secret cannot be guessed, and many clients may have one address. Each server counts for itself.
//! Source of the fields of an answer: draft-ietf-httpapi-ratelimit-headers-11.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cocore_keys::{CallerCredential, Clock, KeyId};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use lexicon_runtime::Did;
use xrpc_server::XrpcError;

use crate::principal::Principal;

const POLICY: &str = "ratelimit-policy";
const LIMIT: &str = "ratelimit";

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The operator's limits. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateSettings {
    /// How many methods one credential may call in a minute.
    pub calls_per_minute: Option<NonZeroU32>,
    /// How many keys one account may create in an hour.
    pub creations_per_hour: Option<NonZeroU32>,
}

/// Counts calls and creations.
#[derive(Clone, Default)]
pub struct RateLimits {
    calls: Option<Arc<Limit<Credential>>>,
    creations: Option<Arc<Limit<Arc<Did>>>>,
}

/// Whose calls are counted together.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Credential {
    Key(KeyId),
    /// The sessions and service-auth tokens of an account.
    Account(Arc<Did>),
}

/// What an answer reports of the limits that its request counted for. It is filled while the request is handled.
#[derive(Clone, Default)]
pub struct RateReport(Arc<Mutex<Vec<Fields>>>);

/// The values of the two fields.
struct Fields {
    policy: String,
    limit: String,
}

impl RateReport {
    /// Adds the fields to the headers of an answer: one of each for each limit.
    pub fn add_to(&self, mut append: impl FnMut(&'static str, &str)) {
        for Fields { policy, limit } in self.fields().iter() {
            append(POLICY, policy);
            append(LIMIT, limit);
        }
    }

    fn fields(&self) -> MutexGuard<'_, Vec<Fields>> {
        // A panic elsewhere leaves the list whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimits {
    /// Creates the limits of these settings, which count by the steady clock.
    pub fn new(settings: RateSettings, clock: &Arc<dyn Clock>) -> Self {
        let RateSettings {
            calls_per_minute,
            creations_per_hour,
        } = settings;
        Self {
            calls: calls_per_minute
                .map(|max| Arc::new(Limit::new("calls", max, MINUTE, clock.clone()))),
            creations: creations_per_hour
                .map(|max| Arc::new(Limit::new("creations", max, HOUR, clock.clone()))),
        }
    }

    /// Returns whether anything is counted.
    pub fn is_on(&self) -> bool {
        self.calls.is_some() || self.creations.is_some()
    }

    /// Counts a call.
    ///
    /// # Errors
    /// `RateLimitExceeded`.
    pub fn count_call(
        &self,
        caller: &Principal,
        report: Option<&RateReport>,
    ) -> Result<(), XrpcError> {
        let Some(calls) = &self.calls else {
            return Ok(());
        };
        let credential = match caller.key_id() {
            Some(id) => Credential::Key(id),
            None => Credential::Account(caller.did.clone()),
        };
        calls.count(&credential, report)
    }

    /// Counts the creation of a key. The operator's do not count.
    ///
    /// # Errors
    /// `RateLimitExceeded`.
    pub fn count_creation(
        &self,
        caller: &Principal,
        report: Option<&RateReport>,
    ) -> Result<(), XrpcError> {
        match &self.creations {
            Some(creations) if caller.credential != CallerCredential::Operator => {
                creations.count(&caller.did, report)
            }
            _ => Ok(()),
        }
    }

    /// Forgets whoever may do again all that the limit allows.
    pub fn purge(&self) {
        if let Some(calls) = &self.calls {
            calls.limiter.retain_recent();
        }
        if let Some(creations) = &self.creations {
            creations.limiter.retain_recent();
        }
    }
}

/// A limit of something that each of many does.
struct Limit<K: Hash + Eq + Clone> {
    name: &'static str,
    max: NonZeroU32,
    window: Duration,
    limiter: RateLimiter<K, HashMapStateStore<K>, SteadyClock, StateInformationMiddleware>,
    clock: SteadyClock,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(name: &'static str, max: NonZeroU32, window: Duration, clock: Arc<dyn Clock>) -> Self {
        let clock = SteadyClock(clock);
        // A window is longer than zero, and the period is not: a number has at most 32 bits.
        let period = (window / max.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(period)
            .map_or(Quota::per_second(max), |quota| quota.allow_burst(max));
        let state = HashMapStateStore::default();
        Self {
            name,
            max,
            window,
            limiter: RateLimiter::new(quota, state, clock.clone()),
            clock,
        }
    }

    fn count(&self, key: &K, report: Option<&RateReport>) -> Result<(), XrpcError> {
        match self.limiter.check_key(key) {
            Ok(snapshot) => {
                let left = snapshot.remaining_burst_capacity();
                let used = self.max.get().saturating_sub(left);
                // When all are left again.
                let reset = self.window * used / self.max.get();
                self.report(report, left, whole_seconds(reset));
                Ok(())
            }
            Err(until) => {
                let now = governor::clock::Clock::now(&self.clock);
                let wait = whole_seconds(until.wait_time_from(now));
                self.report(report, 0, wait);
                let message = format!(
                    "more than {} {} in {} seconds: try again after {wait} seconds",
                    self.max,
                    self.name,
                    self.window.as_secs(),
                );
                let wait = Duration::from_secs(wait);
                Err(XrpcError::rate_limit_exceeded(wait, message))
            }
        }
    }

    fn report(&self, report: Option<&RateReport>, left: u32, reset: u64) {
        let Some(report) = report else {
            return;
        };
        let name = self.name;
        let policy = format!("\"{name}\";q={};w={}", self.max, self.window.as_secs());
        let limit = format!("\"{name}\";r={left};t={reset}");
        report.fields().push(Fields { policy, limit });
    }
}

/// Rounds up, so that a client that waits for so long does not come too early.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// The steady clock, as the limiter reads it.
#[derive(Clone)]
struct SteadyClock(Arc<dyn Clock>);

impl governor::clock::Clock for SteadyClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.steady()
    }
}

impl std::fmt::Debug for SteadyClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SteadyClock")
    }
}
