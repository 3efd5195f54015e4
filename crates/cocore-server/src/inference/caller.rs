//! The caller of a model: which models it may use, and what is reserved for it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use cocore_gateway::budget::{BudgetError, Reserved};
use cocore_gateway::error::ErrorCode;
use cocore_gateway::{CallReport, Caller, GatewayError, MaxCost, Outcome, Reservation};
use cocore_keys::{KeyId, StoreError};
use cocore_store::{StoredLimits, UsageCounts, UsageOf};
use lexicon_runtime::Did;

use super::accounting::Accounting;
use super::budgets::{LimitKind, budgets};
use super::hour;
use crate::errors::RETRY_DELAY;
use crate::principal::Principal;
use crate::rate_limits::whole_seconds;

/// An authenticated caller with the limits that hold for it.
pub struct InferenceCaller {
    principal: Principal,
    limits: Arc<[StoredLimits]>,
    accounting: Arc<Accounting>,
}

impl InferenceCaller {
    /// Finds the limits of a caller.
    ///
    /// # Errors
    /// The store is unavailable, and they are not known.
    pub async fn new(
        principal: Principal,
        accounting: Arc<Accounting>,
    ) -> Result<Self, StoreError> {
        let limits = accounting
            .limits
            .of(&principal.did, principal.key_id())
            .await?;
        Ok(Self {
            principal,
            limits,
            accounting,
        })
    }

    /// Whose limits they are, for the caller.
    fn owner(&self, of: &StoredLimits) -> &'static str {
        let own = self.principal.key_id().map(|id| id.to_string());
        match &of.key_id {
            None => "this account",
            id if *id == own => "this key",
            Some(_) => "a key that this one descends from",
        }
    }

    /// The answer to a call that a budget does not allow.
    fn rejected(
        &self,
        of: &StoredLimits,
        (kind, limit): (LimitKind, u64),
        amount: u64,
        error: BudgetError,
        now: DateTime<Utc>,
    ) -> GatewayError {
        let owner = self.owner(of);
        let period = kind.period();
        let name = period.as_str();
        match error {
            BudgetError::Unavailable(_) => {
                let message = "budgets cannot be read now: try again soon";
                GatewayError::new(ErrorCode::Unavailable, message).with_retry_after(RETRY_DELAY)
            }
            // A call that has not ended counts as well.
            _ if !kind.counts_tokens() => {
                let wait = wait(now, period.end(period.start(now)));
                let message = format!(
                    "{owner} may make {limit} calls a {name}: try again after {} seconds",
                    wait.as_secs()
                );
                GatewayError::new(ErrorCode::RateLimitExceeded, message).with_retry_after(wait)
            }
            BudgetError::Reserved => {
                let message = format!(
                    "calls that have not ended have reserved what {owner} has left of its {limit} tokens a {name}: \
                    try again soon"
                );
                GatewayError::new(ErrorCode::RateLimitExceeded, message)
                    .with_retry_after(RETRY_DELAY)
            }
            BudgetError::Spent { left, ends_at } => {
                let until = ends_at.to_rfc3339_opts(SecondsFormat::Secs, true);
                let message = if left == 0 {
                    format!("{owner} has spent its {limit} tokens of this {name}, until {until}")
                } else {
                    format!(
                        "this call may cost {amount} tokens, and {owner} has {left} of its {limit} tokens a {name} \
                        left until {until}: set a smaller maximum of tokens, or shorten the prompt"
                    )
                };
                GatewayError::new(ErrorCode::InsufficientQuota, message)
                    .with_retry_after(wait(now, ends_at))
                    .no_retry()
            }
        }
    }

    /// The answer to a call that could cost anything.
    fn no_maximum(&self, of: &StoredLimits, max_cost: MaxCost) -> GatewayError {
        let owner = self.owner(of);
        let (param, expected) = match max_cost.input {
            None => (
                "previous_response_id",
                "no part of the prompt that the upstream holds (`max-input`)",
            ),
            Some(_) => (
                "max_tokens",
                "a maximum of tokens (`max_tokens`, in responses `max_output_tokens`; `max-output`)",
            ),
        };
        let message = format!(
            "`{param}`: expected {expected}: {owner} has a budget of tokens, and the settings of this server have no \
            maximum for this model"
        );
        let mut error = GatewayError::new(ErrorCode::InvalidRequest, message);
        error.param = Some(param);
        error
    }
}

/// How long a client has to wait until a time, in whole seconds.
fn wait(now: DateTime<Utc>, until: DateTime<Utc>) -> Duration {
    let left = (until - now).to_std().unwrap_or_default();
    Duration::from_secs(whole_seconds(left))
}

impl Caller for InferenceCaller {
    fn may_use_model(&self, name: &str) -> bool {
        let mut lists = self
            .limits
            .iter()
            .filter_map(|of| of.limits.models.as_ref());
        self.principal.may_use_model(name) && lists.all(|list| list.includes(name))
    }

    async fn reserve(&self, max_cost: MaxCost) -> Result<Box<dyn Reservation>, GatewayError> {
        let now = self.accounting.clock.now();
        let mut reserved = Vec::new();
        for of in self.limits.iter() {
            for limit @ (kind, most) in budgets(of) {
                let amount = if kind.counts_tokens() {
                    let tokens = max_cost.tokens();
                    tokens.ok_or_else(|| self.no_maximum(of, max_cost))?
                } else {
                    1
                };
                let budget = self.accounting.budget(&of.budget, kind.period());
                // What was reserved before is free again if this fails.
                match budget.reserve(most, amount, now).await {
                    Ok(part) => reserved.push((kind, part)),
                    Err(error) => {
                        let error = self.rejected(of, limit, amount, error, now);
                        self.accounting.metrics.count_refused(error.code);
                        return Err(error);
                    }
                }
            }
        }
        Ok(Box::new(ReservedCall {
            reserved,
            did: self.principal.did.clone(),
            key_id: self.principal.key_id(),
            accounting: self.accounting.clone(),
        }))
    }
}

/// What is reserved for a call.
struct ReservedCall {
    reserved: Vec<(LimitKind, Reserved)>,
    did: Arc<Did>,
    key_id: Option<KeyId>,
    accounting: Arc<Accounting>,
}

impl Reservation for ReservedCall {
    fn settle(self: Box<Self>, report: &CallReport<'_>) {
        let usage = report.usage;
        let tokens = usage.input.saturating_add(usage.output);
        for (kind, reserved) in self.reserved {
            let cost = if !kind.counts_tokens() {
                1
            } else if usage.is_estimated {
                // It is not known what it did cost: the most that it could.
                tokens.max(reserved.amount())
            } else {
                tokens
            };
            reserved.settle(cost);
        }
        self.accounting.metrics.count(report);
        let of = UsageOf {
            did: self.did.to_string(),
            key_id: self.key_id.map(|id| id.to_string()),
            hour: hour(self.accounting.clock.now()),
            model: report.model.to_owned(),
            upstream: report.upstream.to_owned(),
        };
        let counts = UsageCounts {
            calls: 1,
            errors: u64::from(report.outcome == Outcome::Failed),
            estimated: u64::from(usage.is_estimated),
            input: usage.input,
            output: usage.output,
            cached: usage.cached,
        };
        self.accounting.count(of, &counts);
    }
}
