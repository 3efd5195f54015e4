//! Limits for calls of models, and what is spent of them.

use chrono::{DateTime, Utc};

use crate::key_link::KeyLink;
use crate::number::grouped;

/// The limits that hold for calls: all of them hold together.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// The limits of each key and of the account, where they exist.
    pub holders: Vec<LimitsOf>,
}

/// The limits of a key or of the account.
#[derive(Clone, Debug)]
pub struct LimitsOf {
    /// The key or the account that has them.
    pub holder: LimitHolder,
    /// What may be spent.
    pub budgets: Vec<BudgetRow>,
    /// The models that may be called. `None`: these limits name none.
    pub models: Option<Vec<String>>,
}

/// The key or the account that has limits.
#[derive(Clone, Debug)]
pub enum LimitHolder {
    /// The key that the page is about.
    ThisKey,
    /// A key that it descends from, or that replaces it.
    OtherKey(KeyLink),
    /// The account.
    Account,
}

/// What may be spent in a period, and what is.
#[derive(Clone, Copy, Debug)]
pub struct BudgetRow {
    /// What is limited.
    pub kind: LimitKind,
    /// How much may be spent.
    pub limit: u64,
    /// How much is spent.
    pub spent: u64,
    /// How much servers hold for calls.
    pub reserved: u64,
    /// When the next period begins.
    pub renews_at: DateTime<Utc>,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Tokens in a day.
    TokensPerDay,
    /// Tokens in a month.
    TokensPerMonth,
    /// Calls in a minute.
    CallsPerMinute,
}

impl LimitKind {
    /// The name for people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::TokensPerDay => "Tokens a day",
            Self::TokensPerMonth => "Tokens a month",
            Self::CallsPerMinute => "Calls a minute",
        }
    }
}

impl BudgetRow {
    /// Whether the next period begins too soon to show when.
    pub(crate) fn is_short(&self) -> bool {
        self.kind == LimitKind::CallsPerMinute
    }

    /// Whether nothing is left.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent >= self.limit
    }

    /// What is spent: `1,200 of 10,000 spent`.
    pub(crate) fn text(&self) -> String {
        format!("{} of {} spent", grouped(self.spent), grouped(self.limit))
    }

    /// From where on little is left.
    pub(crate) fn high(&self) -> u64 {
        self.limit - self.limit / 5
    }
}

impl Limits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty()
    }

    /// The limits of the key that the page is about.
    fn own(&self) -> Option<&LimitsOf> {
        let is_own = |of: &&LimitsOf| matches!(of.holder, LimitHolder::ThisKey);
        self.holders.iter().find(is_own)
    }

    /// Whether the key that the page is about has limits of its own.
    pub(crate) fn has_own(&self) -> bool {
        self.own().is_some()
    }

    /// The three numbers of the key that the page is about, for the form: the names of the attributes and their values.
    pub(crate) fn own_numbers(&self) -> [(&'static str, String); 3] {
        let number = |kind: LimitKind| {
            let budgets = self.own().map(|own| &own.budgets[..]);
            let mut budgets = budgets.unwrap_or_default().iter();
            let found = budgets.find(|budget| budget.kind == kind);
            found.map_or_else(String::new, |budget| budget.limit.to_string())
        };
        [
            ("tokens-per-day", number(LimitKind::TokensPerDay)),
            ("tokens-per-month", number(LimitKind::TokensPerMonth)),
            ("requests-per-minute", number(LimitKind::CallsPerMinute)),
        ]
    }

    /// The models of the key that the page is about, for the form: one a line.
    pub(crate) fn own_models(&self) -> String {
        let models = self.own().and_then(|own| own.models.as_ref());
        models.map_or_else(String::new, |models| models.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(kind: LimitKind, limit: u64, spent: u64) -> BudgetRow {
        BudgetRow {
            kind,
            limit,
            spent,
            reserved: 0,
            renews_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_form_has_the_limits_of_this_key_alone() {
        let of = |holder, limit| LimitsOf {
            holder,
            budgets: vec![budget(LimitKind::TokensPerMonth, limit, 0)],
            models: Some(vec!["a".to_owned(), limit.to_string()]),
        };
        let mut limits = Limits {
            holders: vec![of(LimitHolder::Account, 7)],
        };
        assert!(!limits.has_own() && limits.own_models().is_empty());
        limits.holders.push(of(LimitHolder::ThisKey, 1_000_000));
        assert_eq!(limits.own_models(), "a\n1000000");
        let numbers = limits.own_numbers().map(|(_, number)| number);
        assert_eq!(numbers, ["", "1000000", ""]);
    }

    #[test]
    fn budgets_are_described_in_words() {
        let some = budget(LimitKind::TokensPerDay, 10_000, 1200);
        assert_eq!(some.text(), "1,200 of 10,000 spent");
        assert_eq!((some.high(), some.is_spent()), (8000, false));
        assert!(budget(LimitKind::TokensPerDay, 5, 6).is_spent());
        assert!(budget(LimitKind::CallsPerMinute, 0, 0).is_spent());
        assert_eq!(budget(LimitKind::CallsPerMinute, 3, 0).high(), 3);
    }
}
