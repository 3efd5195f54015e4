//! The limit of file descriptors.

use rustix::process::{Resource, getrlimit};

use super::check::Check;
use crate::connections::{descriptors, server};

const NAME: &str = "file descriptors";
/// With fewer connections, a server behind a busy proxy runs out of them.
const MIN_CONNECTIONS: usize = 500;

/// Checks the hard limit, to which the server raises the soft one.
pub(super) fn check() -> Check {
    let limit = getrlimit(Resource::Nofile).maximum;
    let limit = limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    judge(limit, server::workers())
}

fn judge(limit: usize, workers: usize) -> Check {
    let connections = descriptors::max_connections(limit, workers);
    let limit = match limit {
        usize::MAX => "unlimited".to_owned(),
        limit => limit.to_string(),
    };
    let found = format!("hard limit {limit}: up to {connections} connections");
    if connections < MIN_CONNECTIONS {
        let action =
            "raise it: LimitNOFILE= of systemd, --ulimit of Docker, `ulimit -Hn` of a shell";
        Check::warning(NAME, found, action)
    } else {
        Check::ok(NAME, format!("{found}, with the limits of this shell"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Status;
    use super::*;

    #[test]
    fn limits() {
        for (limit, expected) in [
            (256, Status::Warning),
            (512, Status::Warning),
            (1024, Status::Ok),
            (usize::MAX, Status::Ok),
        ] {
            assert_eq!(judge(limit, 2).status, expected, "{limit}");
        }
    }
}
