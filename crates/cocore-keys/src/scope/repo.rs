//! Permissions to write records.

use std::borrow::Cow;
use std::fmt;

use super::invalid::InvalidScopeReason as Reason;
use super::nsids::Nsids;
use super::syntax::{self, Syntax};

const PARAMETERS: &[&str; 2] = &["collection", "action"];

/// What is done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RepoAction {
    /// The record is created.
    Create,
    /// The record is replaced.
    Update,
    /// The record is deleted.
    Delete,
}

impl RepoAction {
    /// All actions, in the order in which a scope lists them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Delete];

    /// Returns the name that a scope uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A permission to write records of collections: `repo:com.example.thing?action=create`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPermission {
    collections: Nsids,
    /// The bits of the actions.
    actions: u8,
}

impl RepoPermission {
    pub(super) fn from_syntax(syntax: Syntax<'_>) -> Result<Self, Reason> {
        let [collections, actions] = syntax.values(PARAMETERS)?;
        Self::new(
            collections.iter().map(Cow::as_ref),
            actions.iter().map(Cow::as_ref),
        )
    }

    /// Creates a permission from the values of its parameters.
    pub(super) fn new<'v>(
        collections: impl Iterator<Item = &'v str> + Clone,
        actions: impl Iterator<Item = &'v str>,
    ) -> Result<Self, Reason> {
        let mut bits = 0;
        for name in actions {
            let action = RepoAction::ALL
                .into_iter()
                .find(|action| action.name() == name);
            bits |= action
                .ok_or(Reason::Value {
                    parameter: "action",
                    expected: "create, update or delete",
                })?
                .bit();
        }
        if bits == 0 {
            bits = RepoAction::ALL
                .into_iter()
                .fold(0, |bits, action| bits | action.bit());
        }
        Ok(Self {
            collections: Nsids::parse("collection", collections)?,
            actions: bits,
        })
    }

    /// Returns the collections.
    pub fn collections(&self) -> &Nsids {
        &self.collections
    }

    /// Returns the actions: at least one.
    pub fn actions(&self) -> impl Iterator<Item = RepoAction> {
        let bits = self.actions;
        let all = RepoAction::ALL.into_iter();
        all.filter(move |action| bits & action.bit() != 0)
    }

    /// Returns whether it allows an action on records of a collection; `*` stands for all collections.
    pub fn allows(&self, collection: &str, action: RepoAction) -> bool {
        self.actions & action.bit() != 0 && self.collections.contains(collection)
    }

    /// Whether each pair of a collection and an action is in one of these permissions. All collections are in
    /// one that has `*`: their number is not bounded, so that lists cannot have them all.
    pub(super) fn is_covered<'p>(&self, by: impl Iterator<Item = &'p Self> + Clone) -> bool {
        self.collections.values().into_iter().all(|collection| {
            self.actions()
                .all(|action| by.clone().any(|by| by.allows(collection, action)))
        })
    }
}

impl fmt::Display for RepoPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [collection, action] = *PARAMETERS;
        let actions = self.actions().map(|named| (action, named.name()));
        let mut actions: Vec<_> = actions.collect();
        if actions.len() == RepoAction::ALL.len() {
            actions.clear();
        }
        let collections = (collection, &self.collections.values()[..]);
        syntax::write(f, "repo", collections, &actions)
    }
}
