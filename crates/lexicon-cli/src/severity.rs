//! Which findings are reported, and which of them fail a command.

use std::convert::Infallible;
use std::str::FromStr;

use lexicon_schema::lint::Level;

use crate::error::Error;

/// The options that decide which findings are reported, and which of them fail the command.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Severity {
    /// Report only findings of this level and above: error, warning or advice.
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<Level>,
    /// Treat a rule, or a level and those above it, as an error. Can be given several times.
    #[arg(long, value_name = "RULE-OR-LEVEL")]
    pub deny: Vec<Selector>,
    /// Leave out a rule, or a level and those below it. Can be given several times. A rule counts for
    /// more than a level, and `--deny` for more than `--allow`.
    #[arg(long, value_name = "RULE-OR-LEVEL")]
    pub allow: Vec<Selector>,
}

/// A rule, or the rules of a level.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// The rules of a level.
    Level(Level),
    /// The name of a rule.
    Rule(String),
}

impl FromStr for Selector {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let level = text.parse().map(Self::Level);
        Ok(level.unwrap_or_else(|_| Self::Rule(text.to_owned())))
    }
}

impl Severity {
    /// Fails if an option names a rule that there is not, or allows one that nothing can allow.
    pub(crate) fn check(
        &self,
        is_rule: impl Fn(&str) -> bool,
        can_be_allowed: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        for selector in self.deny.iter().chain(&self.allow) {
            if let Selector::Rule(name) = selector
                && !is_rule(name)
            {
                return Err(Error::NoSuchRule(name.clone()));
            }
        }
        for selector in &self.allow {
            if let Selector::Rule(name) = selector
                && !can_be_allowed(name)
            {
                return Err(Error::CannotAllow(name.clone()));
            }
        }
        Ok(())
    }

    /// The level at which a finding of a rule is reported, if it is. `level` is that of the rule itself; a
    /// finding without one is reported when no least level is asked for.
    pub(crate) fn of(&self, rule: &str, level: Option<Level>) -> Option<Option<Level>> {
        let named = |list: &[Selector]| list.contains(&Selector::Rule(rule.to_owned()));
        let by_level = |list: &[Selector], covers: fn(&Level, &Level) -> bool| {
            list.iter().any(|selector| match (selector, &level) {
                (Selector::Level(selected), Some(level)) => covers(level, selected),
                _ => false,
            })
        };
        let level = if named(&self.deny) {
            Some(Level::Error)
        } else if named(&self.allow) {
            return None;
        } else if by_level(&self.deny, |level, denied| level <= denied) {
            Some(Level::Error)
        } else if level != Some(Level::Error)
            && by_level(&self.allow, |level, least| level >= least)
        {
            return None;
        } else {
            level
        };
        match (level, self.level) {
            (_, None) => Some(level),
            (Some(found), Some(least)) if found <= least => Some(level),
            _ => None,
        }
    }
}
