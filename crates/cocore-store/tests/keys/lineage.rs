//! Which keys descend from which, and for how long the store knows it: beside a model that forgets nothing.

use std::collections::BTreeSet;

use cocore_keys::{KeyStore, Lineage};
use cocore_store::Store;

use crate::common::{ALICE, BOB, TestDatabase, create, delete, id, key, time};

/// A key as one letter.
type Name = char;

/// The keys of an account, and every row that their lineage ever had.
#[derive(Clone, Default)]
struct Model {
    existing: BTreeSet<Name>,
    rows: BTreeSet<(Name, Name)>,
    parents: Vec<(Name, Option<Name>)>,
}

impl Model {
    /// Returns the keys that a cascade from a key reaches, with the key itself.
    fn reached(&self, from: Name) -> BTreeSet<Name> {
        let (mut reached, mut next) = (BTreeSet::from([from]), vec![from]);
        while let Some(ancestor) = next.pop() {
            let below = self.rows.iter().filter(|(from, _)| *from == ancestor);
            next.extend(below.map(|(_, to)| *to).filter(|to| reached.insert(*to)));
        }
        reached
    }

    /// Returns the rows that lead to a key that exists.
    fn needed(&self) -> BTreeSet<(Name, Name)> {
        let rows = self.rows.iter().copied();
        rows.filter(|(_, to)| !self.reached(*to).is_disjoint(&self.existing))
            .collect()
    }

    fn parent(&self, of: Name) -> Option<Name> {
        let found = self.parents.iter().find(|(name, _)| *name == of);
        found.and_then(|(_, parent)| *parent)
    }

    fn insert(&mut self, name: Name, lineage: [Option<Name>; 3]) {
        let [parent, inherited, replaced] = lineage;
        self.existing.insert(name);
        self.parents.push((name, parent));
        let above = [parent, inherited].into_iter().flatten();
        self.rows.extend(above.map(|from| (from, name)));
        self.rows.extend(replaced.map(|to| (name, to)));
    }
}

/// The store, and beside it the model.
struct World<'d> {
    database: &'d TestDatabase,
    store: Store,
    model: Model,
}

impl<'d> World<'d> {
    fn new(database: &'d TestDatabase) -> Self {
        Self {
            database,
            store: database.open(),
            model: Model::default(),
        }
    }

    async fn insert(&mut self, name: Name, lineage: [Option<Name>; 3]) {
        self.model.insert(name, lineage);
        let mut new = key(ALICE, &name.to_string(), 1);
        let [parent, inherited_parent, replaces] =
            lineage.map(|name| name.map(|name| id(&name.to_string())));
        new.active.expires_at = None;
        new.lineage = Lineage {
            parent,
            inherited_parents: inherited_parent.into_iter().collect(),
            replaces,
        };
        let inserted = self
            .store
            .key_change(move |transaction| transaction.insert(&new));
        inserted.await.unwrap();
    }

    /// Replaces a key, as the service does: by its owner, or with a key.
    async fn rotate(&mut self, old: Name, new: Name, by: Option<Name>) {
        let inherited = self.model.parent(old);
        let parent = by.or(inherited);
        let is_known = parent == inherited || parent == Some(old);
        let inherited = inherited.filter(|_| !is_known);
        self.insert(new, [parent, inherited, Some(old)]).await;
    }

    async fn delete(&mut self, name: Name) {
        assert!(self.model.existing.remove(&name));
        assert!(delete(&self.store, ALICE, &id(&name.to_string())).await);
        self.check_rows();
    }

    /// Checks that the table has the rows that lead to a key that exists, and no others.
    fn check_rows(&self) {
        let mut rows = BTreeSet::new();
        if self.database.rows("key_lineage") > 0 {
            let list = match self.database {
                TestDatabase::Sqlite(_) => "group_concat(ancestor || descendant, ' ')",
                TestDatabase::Postgres(_) => "string_agg(ancestor || descendant, ' ')",
            };
            let query = format!("SELECT {list} AS value FROM key_lineage");
            // The first byte of an id is the letter.
            let letter = |id: &str| char::from(u8::from_str_radix(&id[..2], 16).unwrap());
            let found = self.database.text(&query);
            rows.extend(
                found
                    .split(' ')
                    .map(|row| (letter(row), letter(&row[36..]))),
            );
        }
        assert_eq!(rows, self.model.needed());
    }

    /// Checks for each two keys whether one descends from the other, as far as it exists.
    async fn check_descent(&self) {
        let model = self.model.clone();
        let checked = self.store.key_change(move |transaction| {
            for (ancestor, _) in &model.parents {
                let (from, reached) = (id(&ancestor.to_string()), model.reached(*ancestor));
                for descendant in &model.existing {
                    let to = id(&descendant.to_string());
                    let found = transaction.is_descendant(ALICE, &to, &from)?;
                    let expected = descendant != ancestor && reached.contains(descendant);
                    assert_eq!(found, expected, "{ancestor}{descendant}");
                    assert!(!transaction.is_descendant(BOB, &to, &from)?);
                }
            }
            Ok(())
        });
        checked.await.unwrap();
    }
}

#[tokio::test]
async fn rows_are_kept_while_they_lead_to_a_key() {
    for database in TestDatabase::all() {
        let mut world = World::new(&database);
        world.insert('a', [None; 3]).await;
        for (name, parent) in [('b', 'a'), ('c', 'a'), ('d', 'b'), ('e', 'd')] {
            world.insert(name, [Some(parent), None, None]).await;
        }
        world.check_descent().await;
        // Of keys in between, and of the first one, the rows stay.
        for name in ['d', 'b', 'a'] {
            world.delete(name).await;
            world.check_descent().await;
        }
        assert_eq!(database.rows("key_lineage"), 4);
        world.delete('e').await;
        assert_eq!(database.rows("key_lineage"), 1);
        world.delete('c').await;
        assert_eq!(database.rows("key_lineage"), 0);
        world.store.close().await;
    }
}

/// A key that replaces itself is an ancestor of its replacement, and descends from it: the rows form a ring, and are
/// removed with the last of these keys.
#[tokio::test]
async fn the_rows_of_keys_that_replaced_themselves_are_removed_with_the_last_one() {
    for database in TestDatabase::all() {
        let mut world = World::new(&database);
        world.insert('p', [None; 3]).await;
        world.insert('a', [Some('p'), None, None]).await;
        for (old, new) in [('a', 'b'), ('b', 'c'), ('c', 'd')] {
            world.rotate(old, new, Some(old)).await;
        }
        world.check_descent().await;
        for name in ['b', 'a', 'p', 'c'] {
            world.delete(name).await;
            world.check_descent().await;
        }
        // What an earlier key of the ring has created can still be reached.
        world.insert('x', [Some('d'), None, None]).await;
        world.check_descent().await;
        world.delete('d').await;
        world.check_descent().await;
        world.delete('x').await;
        assert_eq!(database.rows("key_lineage"), 0);
        world.store.close().await;
    }
}

/// A generator of numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % bound
    }

    /// Returns one of the keys that exist.
    fn key(&mut self, model: &Model) -> Option<Name> {
        let count = model.existing.len();
        (count > 0).then(|| *model.existing.iter().nth(self.below(count)).unwrap())
    }
}

#[tokio::test]
async fn the_store_knows_what_a_model_knows_that_forgets_nothing() {
    for database in TestDatabase::all() {
        for seed in 1..=4 {
            let mut world = World::new(&database);
            let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
            for name in 'A'..='Z' {
                let (one, two) = (numbers.key(&world.model), numbers.key(&world.model));
                match (one, numbers.below(5)) {
                    (Some(old), 0) => world.rotate(old, name, None).await,
                    (Some(old), 1) => world.rotate(old, name, Some(old)).await,
                    (Some(old), 2) => world.rotate(old, name, two).await,
                    (parent, _) => world.insert(name, [parent, None, None]).await,
                }
                if numbers.below(2) == 0 {
                    let gone = numbers.key(&world.model).unwrap();
                    world.delete(gone).await;
                }
            }
            world.check_descent().await;
            while let Some(last) = numbers.key(&world.model) {
                world.delete(last).await;
            }
            assert_eq!(database.rows("key_lineage"), 0, "seed {seed}");
            world.store.close().await;
        }
    }
}

/// The lineage of a key that was removed for a new one is kept in the same way.
#[tokio::test]
async fn removing_the_oldest_key_keeps_the_rows_to_its_descendants() {
    for database in TestDatabase::all() {
        let store = database.open();
        for (name, created_at, parent) in [("a", 1, None), ("b", 2, Some("a")), ("c", 3, Some("b"))]
        {
            let mut new = key(ALICE, name, created_at);
            new.lineage.parent = parent.map(id);
            create(&store, new).await.unwrap();
        }
        for left in [2, 2, 0] {
            let remove = store
                .key_change(|transaction| transaction.remove_oldest_ended(ALICE, time(100)))
                .await;
            assert!(remove.unwrap());
            assert_eq!(database.rows("key_lineage"), left);
        }
        store.close().await;
    }
}
