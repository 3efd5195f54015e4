//! Metrics whose values are read from elsewhere.

use prometheus::proto::{Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

/// A label and its value.
pub(super) type Label<'l> = (&'l str, &'l str);

/// Returns a counter with a value for each set of labels. The name ends with `_total`.
pub(super) fn counter<'l, L>(
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, f64)>,
) -> MetricFamily
where
    L: IntoIterator<Item = Label<'l>>,
{
    let metrics = values.into_iter().map(|(labels, value)| {
        let mut counter = Counter::default();
        counter.set_value(value);
        let mut metric = labelled(labels);
        metric.set_counter(counter);
        metric
    });
    family(name, help, MetricType::COUNTER, metrics.collect())
}

/// Returns a gauge in the same way.
pub(super) fn gauge<'l, L>(
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, f64)>,
) -> MetricFamily
where
    L: IntoIterator<Item = Label<'l>>,
{
    let metrics = values.into_iter().map(|(labels, value)| {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        let mut metric = labelled(labels);
        metric.set_gauge(gauge);
        metric
    });
    family(name, help, MetricType::GAUGE, metrics.collect())
}

/// Returns a histogram in the same way.
pub(super) fn histogram<'l, L>(
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, Histogram)>,
) -> MetricFamily
where
    L: IntoIterator<Item = Label<'l>>,
{
    let metrics = values.into_iter().map(|(labels, histogram)| {
        let mut metric = labelled(labels);
        metric.set_histogram(histogram);
        metric
    });
    family(name, help, MetricType::HISTOGRAM, metrics.collect())
}

fn labelled<'l>(labels: impl IntoIterator<Item = Label<'l>>) -> Metric {
    let pairs = labels.into_iter().map(|(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value.to_owned());
        pair
    });
    Metric::from_label(pairs.collect())
}

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}
