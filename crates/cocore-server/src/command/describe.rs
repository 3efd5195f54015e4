//! How commands print keys and events.

use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use cocore_lexicon::dev::cocore::apikey::defs::{
    BudgetView, CallLimits, EventView, KeyView, UsageView,
};
use lexicon_runtime::Datetime;
use serde::Serialize;

use super::output::print;
use super::quoted::quoted;
use crate::failure::Failure;

/// Describes a key on one line.
pub(super) fn describe(key: &ApiKeyView) -> String {
    let times = [
        ("expires", &key.expires_at),
        ("revoked", &key.revoked_at),
        ("last used", &key.last_used_at),
    ];
    line(&key.id, &key.prefix, &key.name, &key.created_at, &times)
}

/// Describes a key with its scopes on one line, which begins as that of [`describe`].
pub(super) fn describe_key(key: &KeyView) -> String {
    let times = [
        ("expires", &key.expires_at),
        ("revoked", &key.revoked_at),
        ("last used", &key.last_used_at),
    ];
    let mut line = line(&key.id, &key.prefix, &key.name, &key.created_at, &times);
    if let Some(scopes) = &key.scopes {
        line.push_str(&format!("  scopes {}", list(scopes)));
    }
    line
}

fn line(
    id: &str,
    prefix: &str,
    name: &str,
    created_at: &Datetime,
    times: &[(&str, &Option<Datetime>)],
) -> String {
    let mut line = format!("{id}  {prefix}  {}  created {created_at}", quoted(name));
    for (what, at) in times {
        if let Some(at) = at {
            line.push_str(&format!("  {what} {at}"));
        }
    }
    line
}

/// Describes limits on one line.
pub(super) fn describe_limits(limits: &CallLimits) -> String {
    let numbers = [
        (limits.tokens_per_day, "tokens a day"),
        (limits.tokens_per_month, "tokens a month"),
        (limits.requests_per_minute, "calls a minute"),
    ];
    let numbers = numbers.into_iter();
    let mut parts: Vec<_> = numbers
        .filter_map(|(number, what)| Some(format!("{} {what}", number?)))
        .collect();
    parts.extend(
        limits
            .models
            .as_deref()
            .map(|models| format!("models {}", list(models))),
    );
    match parts.is_empty() {
        true => "limits  none".to_owned(),
        false => format!("limits  {}", parts.join(", ")),
    }
}

/// Describes what is spent of a budget on one line.
pub(super) fn describe_budget(budget: &BudgetView) -> String {
    let whose = match &budget.key_id {
        Some(id) => format!("key {id}"),
        None => "account".to_owned(),
    };
    format!(
        "budget  {whose}  {} of {} {} a {} spent, {} reserved, until {}",
        budget.spent, budget.limit, budget.unit, budget.period, budget.reserved, budget.renews_at
    )
}

/// Describes what calls of a period have cost on one line.
pub(super) fn describe_usage(usage: &UsageView) -> String {
    let UsageView {
        start,
        calls,
        errors,
        ..
    } = usage;
    let (model, upstream) = (quoted(&usage.model), &usage.upstream);
    let mut line = format!(
        "{start}  {model} at {upstream}  {calls} calls, {errors} failed  {} tokens of prompts, {} of answers",
        usage.input_tokens, usage.output_tokens
    );
    match usage.estimated_calls {
        0 => {}
        1 => line.push_str("  1 call estimated"),
        many => line.push_str(&format!("  {many} calls estimated")),
    }
    line
}

/// Describes everything about a key, each part on a line of its own.
pub(super) fn describe_all(key: &KeyView) -> Vec<String> {
    let everything = || "everything that the account may do".to_owned();
    let scopes = key.scopes.as_deref().map_or_else(everything, list);
    let models = key.models.as_deref().map_or("all".to_owned(), list);
    let time = |at: &Option<Datetime>| at.as_ref().map(Datetime::to_string);
    let parts = [
        ("id", Some(key.id.clone())),
        ("account", Some(key.did.to_string())),
        ("name", Some(quoted(&key.name))),
        ("prefix", Some(key.prefix.clone())),
        ("status", Some(key.status.clone())),
        ("created", Some(key.created_at.to_string())),
        ("expires", time(&key.expires_at)),
        ("revoked", time(&key.revoked_at)),
        ("last used", time(&key.last_used_at)),
        ("scopes", Some(scopes)),
        ("models", Some(models)),
        ("note", key.note.as_deref().map(quoted)),
        ("created by", key.parent.clone()),
        ("replaces", key.replaces.clone()),
        ("replaced by", key.replaced_by.clone()),
    ];
    let parts = parts.into_iter();
    parts
        .filter_map(|(name, value)| Some(format!("{name}: {}", value?)))
        .collect()
}

/// Writes scopes, or names of models, in one line. They have no spaces.
fn list(texts: &[String]) -> String {
    if texts.is_empty() {
        return "none".to_owned();
    }
    texts.join(" ").escape_debug().to_string()
}

/// Describes an event on one line.
pub(super) fn describe_event(event: &EventView) -> String {
    let mut line = format!("{}  {}  {}", event.at, event.kind, event.key_id);
    if let Some(name) = &event.key_name {
        line.push_str(&format!("  {}", quoted(name)));
    }
    line.push_str(&format!("  by {}", event.by));
    let details = [
        ("", &event.by_key),
        ("from ", &event.from),
        ("request ", &event.request_id),
    ];
    for (what, text) in details {
        if let Some(text) = text {
            line.push_str(&format!("  {what}{}", text.escape_debug()));
        }
    }
    if let Some(agent) = &event.user_agent {
        line.push_str(&format!("  {}", quoted(agent)));
    }
    line
}

/// Prints a value as JSON, on one line.
pub(super) fn print_json(output: &impl Serialize) -> Result<(), Failure> {
    print(&serde_json::to_string(output).map_err(Failure::new)?)
}
