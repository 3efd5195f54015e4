//! The client of one server.

use std::sync::Arc;

use lexicon_runtime::{MethodKind, NoBody, NoParams, Secret, XrpcMethod};

use crate::call::Call;
use crate::credential::Credential;
use crate::settings::Settings;

/// A client of one server. Clones share their connections; a clone is cheap.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
}

impl Client {
    pub(crate) fn from_settings(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }

    #[cfg(feature = "subscriptions")]
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns this client with a bearer token as its credential, in place of the one that it had.
    pub fn bearer(mut self, token: impl Into<Secret>) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        settings.credential = Credential::Bearer(token.into());
        self
    }

    /// Calls a query. A method without parameters takes [`NoParams`].
    ///
    /// A procedure is rejected when the program is compiled:
    ///
    /// ```compile_fail,E0080
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/weather.rs"));
    /// # let client = xrpc_client::Client::new("http://localhost").unwrap();
    /// client.query::<DeleteReports>(DeleteReportsParams::new("Bergen"));
    /// ```
    pub fn query<M: XrpcMethod<Input = NoBody>>(&self, params: M::Params) -> Call<M> {
        const {
            let is_query = matches!(M::KIND, MethodKind::Query);
            assert!(
                is_query,
                "`Client::query` is for queries: call a procedure with `Client::procedure`"
            );
        }
        Call::new(Settings::clone(&self.settings), params, NoBody)
    }

    /// Calls a procedure without parameters. A method without input takes [`NoBody`].
    ///
    /// A query is rejected when the program is compiled:
    ///
    /// ```compile_fail,E0080
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/weather.rs"));
    /// # let client = xrpc_client::Client::new("http://localhost").unwrap();
    /// client.procedure::<GetHealth>(lexicon_runtime::NoBody);
    /// ```
    pub fn procedure<M: XrpcMethod<Params = NoParams>>(&self, input: M::Input) -> Call<M> {
        self.procedure_with_params(NoParams {}, input)
    }

    /// Calls a procedure that has parameters. A method without input takes [`NoBody`].
    pub fn procedure_with_params<M: XrpcMethod>(
        &self,
        params: M::Params,
        input: M::Input,
    ) -> Call<M> {
        const {
            let is_procedure = matches!(M::KIND, MethodKind::Procedure);
            assert!(
                is_procedure,
                "`Client::procedure` is for procedures: call a query with `Client::query`"
            );
        }
        Call::new(Settings::clone(&self.settings), params, input)
    }
}
