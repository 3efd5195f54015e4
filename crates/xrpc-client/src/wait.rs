//! Calls from programs without an async runtime.

use std::future::{Future, IntoFuture as _};
use std::sync::OnceLock;

use lexicon_runtime::XrpcMethod;
use tokio::runtime::{Builder, Runtime};

use crate::call::Call;
use crate::error::{CallError, TransportError};
use crate::response::Response;

/// The runtime of all calls that are waited for. Its one thread looks after the connections.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

impl<M: XrpcMethod> Call<M> {
    /// Sends the call and blocks the thread until there is an output.
    ///
    /// # Errors
    /// The variants of [`CallError`].
    ///
    /// # Panics
    /// Within an async runtime, whose thread must not be blocked. Await the call there.
    pub fn wait(self) -> Result<M::Output, CallError<M::Error>> {
        block_on(self.into_future())
    }

    /// Sends the call and blocks the thread until there is a response.
    ///
    /// # Errors
    /// The variants of [`CallError`].
    ///
    /// # Panics
    /// As [`Call::wait`].
    pub fn wait_response(self) -> Result<Response<M::Output>, CallError<M::Error>> {
        block_on(self.response())
    }
}

fn block_on<T, E>(call: impl Future<Output = Result<T, CallError<E>>>) -> Result<T, CallError<E>> {
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let built = Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("xrpc-client")
                .enable_all()
                .build()
                .map_err(|error| CallError::Transport(TransportError::Other(error.into())))?;
            RUNTIME.get_or_init(|| built)
        }
    };
    runtime.block_on(call)
}
