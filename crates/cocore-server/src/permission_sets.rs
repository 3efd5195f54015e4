//! The permission sets of this service, from its lexicons.

use std::collections::HashMap;
use std::sync::LazyLock;

use lexicon_runtime::Value;

/// A permission set.
pub(crate) struct PermissionSet {
    /// Its title.
    pub(crate) title: Option<String>,
    /// What it allows, in words.
    pub(crate) detail: Option<String>,
    /// Its permissions, as the document has them.
    pub(crate) permissions: Vec<Value>,
}

/// The permission sets, by their NSIDs.
pub(crate) static PERMISSION_SETS: LazyLock<HashMap<&'static str, PermissionSet>> =
    LazyLock::new(|| {
        let sets = cocore_lexicon::LEXICONS.iter().filter_map(|lexicon| {
            let document: Value = serde_json::from_str(lexicon.json).ok()?;
            let main = document.pointer("/defs/main")?;
            let text = |name: &str| Some(main.get(name)?.as_str()?.to_owned());
            let set = PermissionSet {
                title: text("title"),
                detail: text("detail"),
                permissions: main.get("permissions")?.as_array()?.clone(),
            };
            Some((lexicon.nsid, set))
        });
        sets.collect()
    });
