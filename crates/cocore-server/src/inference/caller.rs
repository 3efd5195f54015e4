//! The caller of a model: which models it may use, and what is reserved for it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cocore_gateway::budget::{Period, Refusal, Reserved};
use cocore_gateway::error::ErrorCode;
use cocore_gateway::{CallReport, Caller, GatewayError, MaxCost, Outcome, Reservation};
use cocore_keys::{KeyId, StoreError};
use cocore_store::{StoredLimits, UsageCounts, UsageOf};
use lexicon_runtime::Did;

use super::accounting::Accounting;
use super::budgets::{Unit, budgets};
use super::hour;
use crate::errors::RETRY_DELAY;
use crate::principal::Principal;

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
    fn refused(
        &self,
        of: &StoredLimits,
        (unit, period, limit): (Unit, Period, u64),
        amount: u64,
        refusal: Refusal,
        now: DateTime<Utc>,
    ) -> GatewayError {
        let ends_at = period.end(period.start(now));
        let (owner, period) = (self.owner(of), period.as_str());
        match (refusal, unit) {
            (Refusal::Unavailable(_), _) => {
                let message = "budgets cannot be read now: try again soon";
                GatewayError::new(ErrorCode::Unavailable, message).with_retry_after(RETRY_DELAY)
            }
            (Refusal::Reserved, Unit::Tokens) => {
                let message = format!(
                    "calls that have not ended have reserved what {owner} has left of its {limit} tokens a {period}: \
                    try again soon"
                );
                GatewayError::new(ErrorCode::RateLimitExceeded, message)
                    .with_retry_after(RETRY_DELAY)
            }
            // A call that has not ended counts as well.
            (_, Unit::Requests) => {
                let wait = wait(ends_at - now);
                let message = format!(
                    "{owner} may make {limit} calls a {period}: try again after {} seconds",
                    wait.as_secs()
                );
                GatewayError::new(ErrorCode::RateLimitExceeded, message).with_retry_after(wait)
            }
            (Refusal::Spent { left, .. }, Unit::Tokens) => {
                let until = ends_at.to_rfc3339_opts(SecondsFormat::Secs, true);
                let message = if left == 0 {
                    format!("{owner} has spent its {limit} tokens of this {period}, until {until}")
                } else {
                    format!(
                        "this call may cost {amount} tokens, and {owner} has {left} of its {limit} tokens a {period} \
                        left until {until}: set a smaller maximum of tokens, or shorten the prompt"
                    )
                };
                GatewayError::new(ErrorCode::InsufficientQuota, message)
                    .with_retry_after(wait(ends_at - now))
                    .no_retry()
            }
        }
    }
}

/// Rounds up, so that a client does not come too early.
fn wait(time: TimeDelta) -> Duration {
    Duration::from_secs(time.num_seconds().max(0).unsigned_abs() + 1)
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
            for budget @ (unit, period, limit) in budgets(of) {
                let amount = match unit {
                    Unit::Requests => 1,
                    Unit::Tokens => max_cost
                        .tokens()
                        .ok_or_else(|| self.no_maximum(of, max_cost))?,
                };
                let shared = self.accounting.budget(&of.budget, period);
                // What was reserved before is free again if this fails.
                match shared.reserve(limit, amount, now).await {
                    Ok(part) => reserved.push((unit, part)),
                    Err(refusal) => {
                        let error = self.refused(of, budget, amount, refusal, now);
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

impl InferenceCaller {
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

/// What is reserved for a call.
struct ReservedCall {
    reserved: Vec<(Unit, Reserved)>,
    did: Arc<Did>,
    key_id: Option<KeyId>,
    accounting: Arc<Accounting>,
}

impl Reservation for ReservedCall {
    fn settle(self: Box<Self>, report: &CallReport<'_>) {
        let usage = report.usage;
        let tokens = usage.input.saturating_add(usage.output);
        for (unit, reserved) in self.reserved {
            let cost = match unit {
                Unit::Requests => 1,
                // It is not known what it did cost: the most that it could.
                Unit::Tokens if usage.is_estimated => tokens.max(reserved.amount()),
                Unit::Tokens => tokens,
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
