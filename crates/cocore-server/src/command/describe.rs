//! How commands print keys.

use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use serde::Serialize;

use super::output::print;
use super::quoted::quoted;
use crate::failure::Failure;

/// Describes a key on one line.
pub(super) fn describe(key: &ApiKeyView) -> String {
    let mut line = format!(
        "{}  {}  {}  created {}",
        key.id,
        key.prefix,
        quoted(&key.name),
        key.created_at
    );
    let times = [
        ("expires", &key.expires_at),
        ("revoked", &key.revoked_at),
        ("last used", &key.last_used_at),
    ];
    for (what, at) in times {
        if let Some(at) = at {
            line.push_str(&format!("  {what} {at}"));
        }
    }
    line
}

/// Prints a value as JSON, on one line.
pub(super) fn print_json(output: &impl Serialize) -> Result<(), Failure> {
    print(&serde_json::to_string(output).map_err(Failure::new)?)
}
