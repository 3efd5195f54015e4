use crate::authenticator::Authenticator;
use crate::error::XrpcError;
use crate::head::Head;
use crate::method::MethodInfo;

/// An [`Authenticator`] that lets everyone in: for services whose methods are all public.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anonymous;

impl Authenticator for Anonymous {
    type Caller = ();

    async fn authenticate(&self, _: &Head, _: MethodInfo) -> Result<(), XrpcError> {
        Ok(())
    }
}
