use std::convert::Infallible;
use std::future::Future;

use async_channel::{Receiver, Sender};

/// A signal that is given once, to any number of waiters.
pub(crate) struct Closing {
    sender: Sender<Infallible>,
    receiver: Receiver<Infallible>,
}

impl Default for Closing {
    fn default() -> Self {
        let (sender, receiver) = async_channel::bounded(1);
        Self { sender, receiver }
    }
}

impl Closing {
    pub(crate) fn close(&self) {
        self.sender.close();
    }

    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let receiver = self.receiver.clone();
        async move {
            // Nothing is ever sent: it ends when the channel is closed.
            let _ = receiver.recv().await;
        }
    }
}
