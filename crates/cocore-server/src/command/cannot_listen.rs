//! Why an address cannot be bound, and what to do.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use crate::failure::Failure;

/// Returns the failure of a listener. `setting` is the option with its address.
pub(super) fn cannot_listen(setting: &str, address: SocketAddr, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        ErrorKind::AddrInUse => format!(
            ": another process listens there; choose another port with {setting} (port 0 takes a free one)"
        ),
        ErrorKind::PermissionDenied => format!(": choose a port above 1023 with {setting}"),
        ErrorKind::AddrNotAvailable => {
            format!(": no interface of this machine has the address; see {setting}")
        }
        _ => String::new(),
    };
    Failure::new(format!("cannot listen on {address}: {error}{hint}"))
}
