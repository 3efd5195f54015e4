//! The state of the application.

use std::sync::Arc;

use cocore_gateway::Gateway;
use cocore_keys::Keys;
use cocore_store::Store;
use lexicon_site::Site;

use crate::api::Api;
use crate::authentication::Authenticator;
use crate::body_budget::BodyBudget;
use crate::http::console::state::ConsoleState;
use crate::http::security_txt::SecurityTxt;
use crate::http::verify_settings::VerifySettings;
use crate::inference::Accounting;
use crate::readiness::ReadinessMonitor;
use crate::service_identity::ServiceIdentity;
use crate::telemetry::RequestMetrics;

/// What requests are answered with: shared by all worker threads, cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub store: Store,
    /// The key service.
    pub keys: Arc<Keys<Store>>,
    /// Whether the server can verify and change keys.
    pub readiness: Arc<ReadinessMonitor>,
    /// Authenticates requests.
    pub authenticator: Arc<Authenticator>,
    /// The methods.
    pub api: Api,
    /// How keys are checked for other services.
    pub verify_settings: Arc<VerifySettings>,
    /// The state of the console.
    pub console: Arc<ConsoleState>,
    /// The identity of this service, if it has one.
    pub identity: Option<Arc<ServiceIdentity>>,
    /// Where to report a vulnerability, if the operator said.
    pub security_txt: Option<Arc<SecurityTxt>>,
    /// The pages of the lexicons.
    pub lexicons: Arc<Site>,
    /// The upstreams of inference.
    pub gateway: Arc<Gateway>,
    /// Memory for the bodies of calls.
    pub body_budget: Arc<BodyBudget>,
    /// What calls of models cost.
    pub accounting: Arc<Accounting>,
    /// The metrics of requests, if they are measured.
    pub metrics: Option<RequestMetrics>,
    /// Where traces of requests are sent, if they are.
    #[cfg(feature = "otlp")]
    pub traces: Option<crate::telemetry::traces::Traces>,
}
