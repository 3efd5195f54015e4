//! The proxies in front of the server.

use atproto_resolver::Response;

use super::check::Check;
use crate::service_identity::ServiceIdentity;
use crate::settings::Settings;

const NAME: &str = "proxies";

/// Compares `--trusted-proxies` with what can be seen from here. How many entries of `X-Forwarded-For` the proxies add
/// cannot be seen: only the server knows.
pub(super) fn check(
    settings: &Settings,
    identity: Option<&ServiceIdentity>,
    document: Option<&Response>,
) -> Check {
    let address = settings.listen.address.tcp();
    // Only a process of this machine reaches a Unix socket.
    let has_proxy = address.is_none()
        || identity.is_some_and(ServiceIdentity::is_https)
        || document.is_some_and(|response| {
            let headers = &response.headers;
            headers.contains_key("via") || headers.contains_key("server")
        });
    let is_open = address.is_some_and(|address| !address.ip().is_loopback());
    judge(has_proxy, is_open, settings.trusted_proxies)
}

/// `has_proxy`: a proxy is in front of the server. `is_open`: the server listens on more than loopback.
fn judge(has_proxy: bool, is_open: bool, trusted: usize) -> Check {
    match (has_proxy, trusted) {
        (true, 0) => Check::warning(
            NAME,
            "a proxy is in front of the server, and --trusted-proxies is 0: all clients count as one",
            "set it to the number of proxies that add to X-Forwarded-For",
        ),
        (false, 1..) => Check::warning(
            NAME,
            format!(
                "--trusted-proxies is {trusted}, and no proxy can be seen: clients can choose their address"
            ),
            "set it to 0, unless a proxy adds to X-Forwarded-For",
        ),
        (true, _) if is_open => Check::warning(
            NAME,
            format!(
                "--trusted-proxies is {trusted}, and the server listens on more than loopback: whoever reaches its port past the proxy can choose their address"
            ),
            "let nobody but the proxy reach the port, or listen on 127.0.0.1",
        ),
        (true, _) => Check::not_checked(
            NAME,
            format!(
                "--trusted-proxies is {trusted}; only the access log shows whether that many add to X-Forwarded-For: call the server through the proxy, and compare the client's address"
            ),
        ),
        (false, 0) => Check::ok(NAME, "no proxy can be seen, and none is trusted"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Status;
    use super::*;

    #[test]
    fn proxies() {
        for (has_proxy, is_open, trusted, expected) in [
            (false, false, 0, Status::Ok),
            (false, true, 0, Status::Ok),
            (false, false, 1, Status::Warning),
            (true, false, 0, Status::Warning),
            (true, true, 1, Status::Warning),
            (true, false, 1, Status::NotChecked),
            (true, false, 2, Status::NotChecked),
        ] {
            let check = judge(has_proxy, is_open, trusted);
            assert_eq!(check.status, expected, "{has_proxy} {is_open} {trusted}");
        }
    }
}
