use lexicon_runtime::{MethodKind, XrpcMethod};

/// The method that a request calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodInfo {
    /// The NSID.
    pub nsid: &'static str,
    /// Query or procedure.
    pub kind: MethodKind,
}

impl MethodInfo {
    /// The description of the method `M`.
    pub const fn of<M: XrpcMethod>() -> Self {
        Self {
            nsid: M::NSID,
            kind: M::KIND,
        }
    }
}
