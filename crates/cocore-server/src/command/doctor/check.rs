//! The result of a check, and how it is printed.

use std::fmt::Display;

use serde::Serialize;

use crate::command::describe::print_json;
use crate::command::output::print;
use crate::failure::Failure;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    Ok,
    /// The server runs, and something is less safe or less reliable than it could be.
    Warning,
    /// The server does not start, or a part of it does not work.
    Failed,
    NotChecked,
}

impl Status {
    fn text(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::NotChecked => "not checked",
        }
    }
}

/// A check: what was found, and what to do about it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) status: Status,
    pub(super) found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<String>,
}

impl Check {
    pub(super) fn ok(name: &'static str, found: impl Display) -> Self {
        Self::new(name, Status::Ok, &found, None)
    }

    pub(super) fn warning(name: &'static str, found: impl Display, action: impl Display) -> Self {
        Self::new(name, Status::Warning, &found, Some(&action))
    }

    pub(super) fn failed(name: &'static str, found: impl Display, action: impl Display) -> Self {
        Self::new(name, Status::Failed, &found, Some(&action))
    }

    pub(super) fn not_checked(name: &'static str, reason: impl Display) -> Self {
        Self::new(name, Status::NotChecked, &reason, None)
    }

    fn new(
        name: &'static str,
        status: Status,
        found: &dyn Display,
        action: Option<&dyn Display>,
    ) -> Self {
        Self {
            name,
            status,
            found: one_line(found),
            action: action.map(one_line),
        }
    }
}

/// Returns a text in one line, without characters that control a terminal: other servers may have sent it.
fn one_line(text: &dyn Display) -> String {
    let text = text.to_string();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace(char::is_control, "\u{fffd}")
}

/// All checks.
#[derive(Serialize)]
pub(super) struct Report {
    /// Whether no check failed.
    ok: bool,
    checks: Vec<Check>,
}

impl Report {
    pub(super) fn new(checks: Vec<Check>) -> Self {
        Self {
            ok: !checks.iter().any(|check| check.status == Status::Failed),
            checks,
        }
    }

    /// Prints a line for each check, or one JSON object.
    pub(super) fn print(&self, is_json: bool) -> Result<(), Failure> {
        if is_json {
            return print_json(self);
        }
        self.checks.iter().try_for_each(|check| {
            let Check {
                name,
                status,
                found,
                action,
            } = check;
            let action = action.as_ref().map(|action| format!("; {action}"));
            let action = action.unwrap_or_default();
            print(&format!("{:<11}  {name}: {found}{action}", status.text()))
        })
    }

    /// Returns a failure if a check failed.
    pub(super) fn outcome(&self) -> Result<(), Failure> {
        let failed = |check: &&Check| check.status == Status::Failed;
        match self.checks.iter().filter(failed).count() {
            0 => Ok(()),
            1 => Err(Failure::new("1 check failed")),
            many => Err(Failure::new(format!("{many} checks failed"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_one_line() {
        let check = Check::failed("name", "one\ntwo \u{1b}[31m", "do\tthis");
        assert_eq!(check.found, "one two \u{fffd}[31m");
        assert_eq!(check.action.as_deref(), Some("do this"));
    }
}
