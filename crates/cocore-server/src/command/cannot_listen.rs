//! Why an address cannot be bound, and what to do.

use std::io::{self, ErrorKind};

use crate::failure::Failure;
use crate::listen::ListenAddress;

/// Returns the failure of a listener. `setting` is the option with its address.
pub(super) fn cannot_listen(setting: &str, address: &ListenAddress, error: &io::Error) -> Failure {
    let hint = match (address, error.kind()) {
        (ListenAddress::Tcp(_), ErrorKind::AddrInUse) => format!(
            ": another process listens there; choose another port with {setting} (port 0 takes a free one)"
        ),
        (ListenAddress::Tcp(_), ErrorKind::PermissionDenied) => {
            format!(": choose a port above 1023 with {setting}")
        }
        (ListenAddress::Tcp(_), ErrorKind::AddrNotAvailable) => {
            format!(": no interface of this machine has the address; see {setting}")
        }
        (ListenAddress::Unix(_), ErrorKind::AddrInUse) => {
            format!(": another process listens there; choose another path with {setting}")
        }
        (ListenAddress::Unix(_), ErrorKind::NotFound) => ": create its directory first".to_owned(),
        (ListenAddress::Unix(_), ErrorKind::PermissionDenied) => {
            ": the user of the server needs to write its directory".to_owned()
        }
        _ => String::new(),
    };
    Failure::new(format!("cannot listen on {address}: {error}{hint}"))
}
