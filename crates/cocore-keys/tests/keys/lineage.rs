//! Where keys come from, and which keys a cascade reaches.

use std::collections::BTreeMap;
use std::time::Duration;

use cocore_keys::{Caller, Key};

use crate::fixture::{ALICE, BOB, Fixture, named, session};

const HOUR: Duration = Duration::from_secs(3600);

/// Keys by the names of a case.
struct Family {
    fixture: Fixture,
    keys: BTreeMap<String, Key>,
    secrets: BTreeMap<String, String>,
}

impl Family {
    /// Carries out steps: `P>K` is a key `K` that `P` creates, `X:K>R` is the replacement `R` of `K` by the key `X`
    /// with a grace period, `-K` deletes a key, `!K` revokes it. `.` is the owner in a session.
    async fn of(steps: &str) -> Self {
        let (keys, secrets) = (BTreeMap::new(), BTreeMap::new());
        let fixture = Fixture::new().await;
        let mut family = Self {
            fixture,
            keys,
            secrets,
        };
        for step in steps.split(' ') {
            family.step(step).await;
        }
        family
    }

    async fn step(&mut self, step: &str) {
        if let Some(name) = step.strip_prefix('-') {
            assert!(self.fixture.delete(ALICE, self.id(name)).await);
        } else if let Some(name) = step.strip_prefix('!') {
            assert!(self.fixture.revoke(ALICE, self.id(name)).await);
        } else {
            let (from, name) = step.split_once('>').unwrap();
            let made = match from.split_once(':') {
                Some((by, old)) => {
                    let (caller, old) = (self.caller(by).await, self.id(old));
                    self.fixture.rotate(&caller, old, HOUR).await
                }
                None => {
                    let caller = self.caller(from).await;
                    self.fixture.create_by(&caller, named(name)).await
                }
            };
            let (key, secret) = made.unwrap();
            self.keys.insert(name.to_owned(), key);
            self.secrets.insert(name.to_owned(), secret);
        }
    }

    fn id(&self, name: &str) -> &str {
        &self.keys[name].id
    }

    async fn caller(&self, name: &str) -> Caller {
        match name {
            "." => session(ALICE),
            name => self.fixture.caller(&self.secrets[name]).await,
        }
    }

    /// Revokes a key with all that descend from it, and returns the names of the keys that were revoked.
    async fn cascade(&self, name: &str) -> String {
        let id = self.id(name);
        let revoked = self.fixture.keys.revoke(&session(ALICE), id, true).await;
        let revoked = revoked.unwrap();
        if revoked.iter().any(|one| one == id) {
            assert_eq!(revoked[0], id, "the key itself is first");
        }
        let is_revoked = |key: &&Key| revoked.contains(&key.id);
        let names = self.keys.iter().filter(|(_, key)| is_revoked(key));
        let names: Vec<_> = names.map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), revoked.len());
        for (name, key) in &self.keys {
            if let Some(key) = self.fixture.keys.find(ALICE, &key.id).await.unwrap() {
                let is_live = self.fixture.accepts(&self.secrets[name]).await;
                assert_eq!(is_live, key.revoked_at.is_none(), "{name}");
            }
        }
        names.join(" ")
    }
}

/// Each case: what is done, the key at which a cascade begins, and the keys that it revokes.
#[tokio::test]
async fn cascades() {
    let cases = [
        // Children, and theirs. Never a sibling, a parent, or the keys of the owner.
        (".>a", "a", "a"),
        (".>a a>b b>c .>d", "a", "a b c"),
        (".>a a>b b>c .>d", "b", "b c"),
        (".>a a>b a>c b>d", "b", "b d"),
        (".>a .>b", "a", "a"),
        // From revoked and deleted ancestors.
        (".>a a>b b>c !a", "a", "b c"),
        (".>a a>b b>c !b", "a", "a c"),
        (".>a a>b b>c !a !b", "a", "c"),
        (".>a a>b b>c -a", "a", "b c"),
        (".>a a>b b>c -b", "a", "a c"),
        (".>a a>b b>c -b", "b", "c"),
        (".>a a>b b>c -a -b", "a", "c"),
        (".>a a>b b>c -b -a", "a", "c"),
        (".>a a>b b>c c>d -b -c", "a", "a d"),
        (".>a a>b !a -a", "a", "b"),
        // The owner's replacement is not reached from what it replaces, and reaches that with all it created.
        (".>a a>b .:a>r", "a", "a b"),
        (".>a a>b .:a>r", "r", "a b r"),
        (".>a a>b .:a>r r>c", "a", "a b"),
        (".>a a>b .:a>r r>c", "r", "a b c r"),
        (".>a a>b .:a>r .:r>s", "s", "a b r s"),
        (".>a a>b .:a>r .:r>s", "r", "a b r"),
        (".>a a>b .:a>r !a", "r", "b r"),
        (".>a a>b .:a>r -a", "r", "b r"),
        (".>a a>b .:a>r -a", "a", "b"),
        (".>a a>b .:a>r -r", "r", "a b"),
        // A key that replaces itself is the parent of the replacement.
        (".>a a:a>r", "a", "a r"),
        (".>a a:a>r", "r", "a r"),
        (".>a a:a>r r:r>s", "a", "a r s"),
        (".>a a:a>r r:r>s s>b", "a", "a b r s"),
        (".>a a:a>r .:r>s", "a", "a r s"),
        (".>p p>a a:a>r -a", "p", "p r"),
        (".>p p>a a:a>r -a", "a", "r"),
        // A replacement keeps the parent of what it replaces.
        (".>p p>a .:a>r", "p", "a p r"),
        (".>p p>a .:a>r", "a", "a"),
        (".>p p>a .:a>r -a", "p", "p r"),
        (".>p p>a p:a>r", "p", "a p r"),
        // Another key that replaces it is the parent, too.
        (".>p p>a .>x x:a>r", "p", "a p r"),
        (".>p p>a .>x x:a>r", "x", "a r x"),
        (".>p p>a .>x x:a>r", "a", "a"),
        (".>p p>a .>x x:a>r -a -x", "p", "p r"),
        // However often.
        (".>p p>a .>x x:a>r .:r>s", "p", "a p r s"),
        (".>p p>a .>x x:a>r .:r>s", "x", "a r s x"),
        (".>p p>a .>x .>y x:a>r y:r>s", "p", "a p r s"),
        (".>p p>a .>x .>y x:a>r y:r>s", "x", "a r s x"),
        (".>p p>a .>x .>y x:a>r y:r>s", "y", "a r s y"),
        (".>p p>a .>x x:a>r r:r>s", "p", "a p r s"),
        (".>p p>a .>x .>y x:a>r y:r>s -a -r", "p", "p s"),
        // A key that replaces its parent: the lineage is a cycle.
        (".>p p>a a:p>r", "a", "a p r"),
        (".>p p>a a:p>r", "p", "a p r"),
        (".>p p>a a:p>r", "r", "a p r"),
        (".>p p>a p>b a:p>r", "a", "a b p r"),
    ];
    for (steps, from, expected) in cases {
        let family = Family::of(steps).await;
        assert_eq!(family.cascade(from).await, expected, "{steps}, {from}");
        assert_eq!(family.cascade(from).await, "", "{steps}, {from}, again");
    }
}

/// Each case: what is done, a key, and its parent.
#[tokio::test]
async fn parents() {
    let cases = [
        (".>a", "a", None),
        (".>a a>b", "b", Some("a")),
        (".>a a>b .:b>r", "r", Some("a")),
        (".>a .:a>r", "r", None),
        (".>a a:a>r", "r", Some("a")),
        (".>a a>b b:b>r", "r", Some("b")),
        (".>a a>b .>x x:b>r", "r", Some("x")),
        (".>a a>b .>x x:b>r .:r>s", "s", Some("x")),
        (".>a a>b a:b>r", "r", Some("a")),
    ];
    for (steps, name, parent) in cases {
        let family = Family::of(steps).await;
        let key = family.fixture.find(family.id(name)).await;
        let parent = parent.map(|parent| family.id(parent).to_owned());
        assert_eq!(key.parent, parent, "{steps}");
    }
}

#[tokio::test]
async fn without_a_cascade_one_key_is_revoked() {
    let family = Family::of(".>a a>b .:a>r").await;
    for name in ["r", "a"] {
        assert!(family.fixture.revoke(ALICE, family.id(name)).await);
    }
    assert!(family.fixture.accepts(&family.secrets["b"]).await);
}

#[tokio::test]
async fn a_cascade_reaches_no_other_account() {
    let family = Family::of(".>a a>b").await;
    let keys = &family.fixture.keys;
    let id = family.id("a");
    let revoked = keys.revoke(&session(BOB), id, true).await.unwrap();
    assert!(revoked.is_empty());
    for id in ["unknown", "", "\0", &"x".repeat(201)] {
        let revoked = keys.revoke(&session(ALICE), id, true).await.unwrap();
        assert!(revoked.is_empty());
    }
    assert_eq!(family.cascade("a").await, "a b");
}

/// The lineage stays while a key descends from a deleted one, and no longer, cycles included.
#[tokio::test]
async fn the_lineage_of_deleted_keys_is_removed_with_the_last_descendant() {
    for (steps, deletions) in [
        (".>a a>b b>c", "-a -b -c"),
        (".>a a>b b>c", "-c -b -a"),
        (".>a a:a>r", "-a -r"),
        (".>a a:a>r", "-r -a"),
        (".>a a>b .:a>r", "-r -b -a"),
        (".>a a>b .:a>r", "-b -a -r"),
        (".>p p>a a:p>r r:r>s", "-p -s -a -r"),
        (".>p p>a .>x x:a>r", "-r -a -x -p"),
    ] {
        let mut family = Family::of(steps).await;
        for deletion in deletions.split(' ') {
            family.step(deletion).await;
        }
        assert_eq!(family.fixture.tables().lineage, [], "{steps} {deletions}");
    }
}

#[tokio::test]
async fn many_keys_end_at_once() {
    let family = Family::of(".>a").await;
    let mut last = family.caller("a").await;
    let mut secrets = Vec::new();
    for number in 0..200 {
        let name = named(&number.to_string());
        let (_, secret) = family.fixture.create_by(&last, name).await.unwrap();
        if number % 2 == 0 {
            last = family.fixture.caller(&secret).await;
        }
        secrets.push(secret);
    }
    let keys = &family.fixture.keys;
    let revoked = keys.revoke(&session(ALICE), family.id("a"), true).await;
    assert_eq!(revoked.unwrap().len(), 201);
    family.fixture.down(Some("all"));
    for secret in secrets {
        assert!(!family.fixture.accepts(&secret).await);
    }
}
