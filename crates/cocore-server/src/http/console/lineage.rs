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

/// A step of a cascade.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Step<'k> {
    /// It has reached the key with this id.
    Key(&'k str),
    /// It has reached a parent of the key with this id: it reaches that key, and those that replace it.
    Parent(&'k str),
}

/// Returns the keys of a list of all keys of an account that descend from one of them: those that it created or
/// replaced, and those that they created or replaced. A key that replaces another one has the parents of that, too.
pub(super) fn descendants<'k>(keys: &'k [Key], id: &'k str) -> Descendants<'k> {
    let ids: HashSet<_> = keys.iter().map(|key| &key.id[..]).collect();
    let mut next: HashMap<Step<'k>, Vec<Step<'k>>> = HashMap::new();
    let mut link = |from, to| next.entry(from).or_default().push(to);
    // What has ancestors that the list does not show.
    let mut roots = Vec::new();
    for key in keys {
        let (step, parent) = (Step::Key(&key.id), Step::Parent(&key.id));
        link(parent, step);
        if let Some(id) = &key.parent {
            link(Step::Key(id), parent);
        }
        if let Some(id) = &key.replaced_by {
            link(Step::Key(id), step);
        }
        if let Some(id) = &key.replaces {
            link(step, Step::Key(id));
            if ids.contains(&id[..]) {
                link(Step::Parent(id), parent);
            } else if key.parent.is_some() {
                // A key that no key has created or rotated has no ancestors.
                roots.push(parent);
            }
        }
    }
    let certain = reached(&next, [Step::Key(id)]);
    let is_deleted = |step: &Step<'k>| match step {
        Step::Key(id) => !ids.contains(id) && !certain.contains(step),
        Step::Parent(_) => false,
    };
    roots.extend(next.keys().copied().filter(is_deleted));
    let possible = reached(&next, roots);
    let mut found = Descendants::default();
    for key in keys.iter().filter(|key| key.id != id) {
        let step = Step::Key(&key.id);
        if certain.contains(&step) {
            found.certain.push(key);
        } else if possible.contains(&step) {
            found.possible.push(key);
        }
    }
    found
}

/// Returns these steps and all that follow.
fn reached<'k>(
    next: &HashMap<Step<'k>, Vec<Step<'k>>>,
    from: impl IntoIterator<Item = Step<'k>>,
) -> HashSet<Step<'k>> {
    let mut open: Vec<_> = from.into_iter().collect();
    let mut reached = HashSet::new();
    while let Some(step) = open.pop() {
        if reached.insert(step) {
            open.extend(next.get(&step).into_iter().flatten());
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
    fn every_parent_of_what_was_replaced_counts() {
        let keys = [
            key("first", "", ""),
            key("second", "", ""),
            key("old", "first", ""),
            key("newer", "second", "old"),
            key("newest", "third", "newer"),
            key("third", "", ""),
        ];
        let found = descendants(&keys, "first");
        assert_eq!(ids(&found.certain), ["old", "newer", "newest"]);
        assert!(found.possible.is_empty());
    }

    #[test]
    fn the_parents_of_a_deleted_key_are_unknown() {
        let keys = [
            key("other", "", ""),
            key("by a key", "creator", "deleted"),
            key("creator", "", ""),
            // The owner rotated a key of their own, and deleted it.
            key("by the owner", "", "deleted too"),
        ];
        let found = descendants(&keys, "other");
        assert_eq!(ids(&found.possible), ["by a key"]);
        assert!(found.certain.is_empty());
        let found = descendants(&keys, "creator");
        assert_eq!(ids(&found.certain), ["by a key"]);
        assert!(found.possible.is_empty());
    }

    #[test]
    fn a_key_that_rotates_itself_is_reached_once() {
        let keys = [key("old", "", ""), key("new", "old", "old")];
        assert_eq!(ids(&descendants(&keys, "old").certain), ["new"]);
        assert_eq!(ids(&descendants(&keys, "new").certain), ["old"]);
    }
}
