//! Which keys of an account descend from a key.

use std::collections::{HashMap, HashSet};

use cocore_keys::Key;

/// The keys that a cascade from a key reaches.
#[derive(Default)]
pub(super) struct Descendants<'k> {
    /// Those that it reaches, in the order of the list.
    pub(super) certain: Vec<&'k Key>,
    /// Those that it reaches if a deleted key descends from the key: the list does not show where deleted keys came
    /// from.
    pub(super) possible: Vec<&'k Key>,
}

/// Returns the keys of a list of all keys of an account that descend from one of them: those that it created or
/// replaced, and those that they created or replaced. A key that replaces another one descends also from the parent of
/// that.
pub(super) fn descendants<'k>(keys: &'k [Key], id: &str) -> Descendants<'k> {
    let by_id: HashMap<_, _> = keys.iter().map(|key| (&key.id[..], key)).collect();
    let mut below: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut link = |ancestor: &'k str, descendant: &'k str| {
        below.entry(ancestor).or_default().push(descendant);
    };
    for key in keys {
        if let Some(parent) = &key.parent {
            link(parent, &key.id);
        }
        if let Some(replaced) = &key.replaces {
            link(&key.id, replaced);
            let parent = by_id.get(&replaced[..]).and_then(|old| old.parent.as_ref());
            if let Some(parent) = parent {
                link(parent, &key.id);
            }
        }
        if let Some(replacement) = &key.replaced_by {
            link(replacement, &key.id);
        }
    }
    let certain = reached(&below, [id]);
    let deleted = below.keys().copied();
    let deleted = deleted.filter(|id| !by_id.contains_key(id) && !certain.contains(id));
    let possible = reached(&below, deleted);
    let others = || keys.iter().filter(|key| key.id != id);
    Descendants {
        certain: others()
            .filter(|key| certain.contains(&key.id[..]))
            .collect(),
        possible: others()
            .filter(|key| possible.contains(&key.id[..]) && !certain.contains(&key.id[..]))
            .collect(),
    }
}

/// Returns these ids and all that descend from them.
fn reached<'k>(
    below: &HashMap<&'k str, Vec<&'k str>>,
    from: impl IntoIterator<Item = &'k str>,
) -> HashSet<&'k str> {
    let mut open: Vec<_> = from.into_iter().collect();
    let mut reached = HashSet::new();
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(below.get(id).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use cocore_keys::Access;

    use super::*;

    /// A key with a parent, and the key that it replaces. Empty for none.
    fn key(id: &str, parent: &str, replaces: &str) -> Key {
        let some = |id: &str| (!id.is_empty()).then(|| id.to_owned());
        Key {
            id: id.to_owned(),
            did: String::new(),
            name: String::new(),
            prefix: String::new(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
            access: Access::EVERYTHING,
            note: None,
            parent: some(parent),
            replaces: some(replaces),
            replaced_by: None,
        }
    }

    fn ids<'k>(keys: &[&'k Key]) -> Vec<&'k str> {
        keys.iter().map(|key| &key.id[..]).collect()
    }

    #[test]
    fn a_cascade_reaches_what_was_created_and_replaced() {
        let keys = [
            key("root", "", ""),
            key("child", "root", ""),
            key("grandchild", "child", ""),
            key("sibling", "", ""),
            // Replaced by the owner: it keeps the parent.
            key("new child", "root", "child"),
            // Replaced by the sibling: it descends also from the parent of what it replaces.
            key("taken over", "sibling", "grandchild"),
            key("stranger", "deleted", ""),
        ];
        for (id, certain) in [
            (
                "root",
                &["child", "grandchild", "new child", "taken over"][..],
            ),
            ("child", &["grandchild", "taken over"]),
            ("grandchild", &[]),
            ("new child", &["child", "grandchild", "taken over"]),
            ("sibling", &["grandchild", "taken over"]),
        ] {
            let found = descendants(&keys, id);
            assert_eq!(ids(&found.certain), certain, "{id}");
            assert_eq!(ids(&found.possible), ["stranger"], "{id}");
        }
        // What descends from a deleted key that is known to descend from it is certain.
        let keys = [key("root", "", "gone"), key("child", "gone", "")];
        let found = descendants(&keys, "root");
        assert_eq!(ids(&found.certain), ["child"]);
        assert!(found.possible.is_empty());
    }

    #[test]
    fn a_key_that_rotates_itself_is_reached_once() {
        let keys = [key("old", "", ""), key("new", "old", "old")];
        assert_eq!(ids(&descendants(&keys, "old").certain), ["new"]);
        assert_eq!(ids(&descendants(&keys, "new").certain), ["old"]);
    }
}
