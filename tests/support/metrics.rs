//! The metrics of a server, as a test reads them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Call, Server, wait_until};

/// The metrics of a server at a moment: each series with its value.
pub struct Metrics {
    pub text: String,
    pub series: BTreeMap<String, f64>,
}

impl Metrics {
    pub fn of(server: &Server) -> Self {
        let answer = admin(server, "/metrics");
        assert_eq!(answer.status, 200, "{answer:?}");
        let content_type = answer.header("content-type");
        assert_eq!(content_type, Some("text/plain; version=0.0.4"));
        let text = String::from_utf8(answer.body).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        });
        let series = series.collect();
        Self { text, series }
    }

    /// The value of a series, which is 0 before it appears.
    pub fn value(&self, series: &str) -> f64 {
        self.series.get(series).copied().unwrap_or_default()
    }

    pub fn requests(&self, method: &str, status: u16) -> f64 {
        self.value(&format!(
            "cocore_requests_total{{method=\"{method}\",status=\"{status}\"}}"
        ))
    }

    pub fn checks(&self, outcome: &str) -> f64 {
        self.value(&format!("cocore_key_checks_total{{outcome=\"{outcome}\"}}"))
    }

    pub fn rejections(&self, limit: &str) -> f64 {
        self.value(&format!("cocore_rejections_total{{limit=\"{limit}\"}}"))
    }

    /// The names of the metrics, each with its type and its labels.
    pub fn descriptions(&self) -> BTreeMap<String, (String, BTreeSet<String>)> {
        let types = self.text.lines().filter_map(|line| {
            let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
            Some((name.to_owned(), (kind.to_owned(), BTreeSet::new())))
        });
        let mut all: BTreeMap<_, _> = types.collect();
        for series in self.series.keys() {
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let is_histogram = |(_, name): &(&str, &str)| !all.contains_key(*name);
            let parts = ["_bucket", "_sum", "_count"].map(|end| (end, name));
            let base = parts
                .into_iter()
                .filter(is_histogram)
                .find_map(|(end, name)| name.strip_suffix(end))
                .unwrap_or(name);
            let labels = labels.trim_end_matches('}').split("\",");
            let labels = labels.filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
            let (_, known) = all.get_mut(base).unwrap_or_else(|| panic!("{series}"));
            known.extend(labels.filter(|label| label != "le"));
        }
        all
    }
}

/// Where a server has its metrics.
pub fn admin_address(server: &Server) -> String {
    let mut address = None;
    wait_until("no admin listener is announced", || {
        let printed = server.printed();
        let found = printed.split("metrics and probes are at http://").nth(1);
        address = found.and_then(|rest| Some(rest.split_once("/metrics")?.0.to_owned()));
        address.is_some()
    });
    address.unwrap()
}

/// The answer of the admin listener to a path.
pub fn admin(server: &Server, path: &str) -> Answer {
    Call::new(&admin_address(server), "GET", path).send()
}
