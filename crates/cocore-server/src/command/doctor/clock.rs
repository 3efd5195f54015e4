//! Whether the clock of this machine agrees with that of others.

use super::check::Check;

/// A difference of so many milliseconds is noted.
const NOTED: i64 = 5_000;
/// A difference of so many milliseconds breaks service auth: tokens may be 30 seconds ahead.
const BROKEN: i64 = 30_000;

/// Checks by how many milliseconds the clock of another server is ahead.
pub(super) fn check(name: &'static str, other: &str, ahead: i64) -> Check {
    let seconds = |millis: i64| format!("{}.{} seconds", millis / 1000, millis % 1000 / 100);
    let found = match ahead {
        0.. => format!("{other} is {} ahead of this machine", seconds(ahead)),
        _ => format!("{other} is {} behind this machine", seconds(-ahead)),
    };
    let action = "synchronize the clocks of both (NTP)";
    match ahead.saturating_abs() {
        BROKEN.. => Check::failed(name, found, action),
        NOTED.. => Check::warning(name, found, action),
        _ => Check::ok(name, found),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Status;
    use super::*;

    #[test]
    fn differences() {
        for (ahead, status, found) in [
            (0, Status::Ok, "it is 0.0 seconds ahead of this machine"),
            (-4_999, Status::Ok, "it is 4.9 seconds behind this machine"),
            (
                5_000,
                Status::Warning,
                "it is 5.0 seconds ahead of this machine",
            ),
            (
                -29_999,
                Status::Warning,
                "it is 29.9 seconds behind this machine",
            ),
            (
                30_000,
                Status::Failed,
                "it is 30.0 seconds ahead of this machine",
            ),
            (
                i64::MIN + 1,
                Status::Failed,
                "it is 9223372036854775.8 seconds behind this machine",
            ),
        ] {
            let check = check("clock", "it", ahead);
            assert_eq!((check.status, &check.found[..]), (status, found));
        }
    }
}
