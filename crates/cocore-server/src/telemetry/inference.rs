//! The metrics of inference: calls and tokens, by upstream and model.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use cocore_gateway::{CallReport, Meter, Outcome};
use prometheus::proto::MetricFamily;

use super::families::counter;

/// Counts the calls that upstreams got. The labels are names of the operator's settings, and models of the upstreams.
#[derive(Default)]
pub struct InferenceMetrics(Mutex<BTreeMap<(String, String), Counts>>);

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

impl Meter for InferenceMetrics {
    fn report(&self, report: &CallReport<'_>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
}

impl InferenceMetrics {
    /// Returns the metrics as they are now.
    pub(super) fn collect(&self) -> [MetricFamily; 3] {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        ]
    }
}
