//! The metrics of inference: calls and tokens, by upstream and model.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use cocore_gateway::error::ErrorCode;
use cocore_gateway::{CallReport, Outcome};
use prometheus::proto::MetricFamily;

use super::families::{counter, gauge};

/// Counts the calls that upstreams got. The labels are names of the operator's settings, and models of the upstreams.
#[derive(Default)]
pub struct InferenceMetrics {
    calls: Mutex<BTreeMap<(String, String), Counts>>,
    /// Calls that a budget did not allow.
    refused: Mutex<[u64; REFUSALS.len()]>,
}

/// The codes of the answers to calls that a budget did not allow.
const REFUSALS: [ErrorCode; 3] = [
    ErrorCode::InsufficientQuota,
    ErrorCode::RateLimitExceeded,
    ErrorCode::Unavailable,
];

#[derive(Clone, Copy, Default)]
struct Counts {
    complete: u64,
    failed: u64,
    abandoned: u64,
    estimated: u64,
    input: u64,
    output: u64,
    cached: u64,
}

impl InferenceMetrics {
    /// Counts a call that a budget did not allow.
    pub fn count_refused(&self, code: ErrorCode) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        for (count, refusal) in refused.iter_mut().zip(REFUSALS) {
            *count += u64::from(refusal == code);
        }
    }

    /// Counts a call that an upstream got.
    pub fn count(&self, report: &CallReport<'_>) {
        let mut all = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (report.upstream.to_owned(), report.model.to_owned());
        let counts = all.entry(key).or_default();
        let outcome = match report.outcome {
            Outcome::Complete(_) => &mut counts.complete,
            Outcome::Failed => &mut counts.failed,
            Outcome::Abandoned => &mut counts.abandoned,
        };
        *outcome += 1;
        let usage = report.usage;
        counts.estimated += u64::from(usage.is_estimated);
        for (sum, tokens) in [
            (&mut counts.input, usage.input),
            (&mut counts.output, usage.output),
            (&mut counts.cached, usage.cached),
        ] {
            *sum = sum.saturating_add(tokens);
        }
    }

    /// Returns the metrics as they are now: `unwritten` sums of usage wait to be written, and `lost` calls had no room
    /// among them.
    pub(super) fn collect(&self, (unwritten, lost): (usize, u64)) -> [MetricFamily; 6] {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = REFUSALS.map(ErrorCode::as_str).into_iter().zip(*refused);
        let refused: Vec<_> = refused.collect();
        let all = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<_> = all.iter().collect();
        let rows = |label: &'static str, kinds: fn(&Counts) -> [(&'static str, u64); 3]| {
            all.iter().flat_map(move |((upstream, model), counts)| {
                kinds(counts).map(|(kind, count)| {
                    let labels = [("upstream", &upstream[..]), ("model", model), (label, kind)];
                    (labels, count as f64)
                })
            })
        };
        let calls = |counts: &Counts| {
            [
                ("complete", counts.complete),
                ("failed", counts.failed),
                ("abandoned", counts.abandoned),
            ]
        };
        let tokens = |counts: &Counts| {
            [
                ("input", counts.input),
                ("output", counts.output),
                ("cached", counts.cached),
            ]
        };
        let estimated = all.iter().map(|((upstream, model), counts)| {
            let labels = [("upstream", &upstream[..]), ("model", model)];
            (labels, counts.estimated as f64)
        });
        [
            counter(
                "cocore_inference_calls_total",
                "Calls that an upstream got, by how they ended.",
                rows("outcome", calls),
            ),
            counter(
                "cocore_inference_tokens_total",
                "Tokens of these calls. Those of a cache are part of the input.",
                rows("kind", tokens),
            ),
            counter(
                "cocore_inference_estimated_calls_total",
                "Calls whose tokens are estimated, for the upstream did not count them to the end.",
                estimated,
            ),
            counter(
                "cocore_inference_refused_calls_total",
                "Calls that a budget did not allow, by the code of the answer.",
                refused
                    .iter()
                    .map(|(code, count)| ([("code", *code)], *count as f64)),
            ),
            gauge(
                "cocore_inference_unwritten_usage",
                "Sums of usage that wait to be written to the database.",
                [([], unwritten as f64)],
            ),
            counter(
                "cocore_inference_lost_calls_total",
                "Calls that are not part of the usage: there was no room for more of it while the database was away.",
                [([], lost as f64)],
            ),
        ]
    }
}
