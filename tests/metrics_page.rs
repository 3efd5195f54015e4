//! The page of metrics and the alerts: they describe what there is, and Prometheus' own checks accept them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::metrics::Metrics;
use crate::support::skip::or_skip;
use crate::support::upstream::{Inference, json};
use crate::support::{ALICE, Server};

/// A server with an admin listener.
fn start() -> Server {
    Server::with(&["--admin-listen", "127.0.0.1:0"])
}

#[test]
fn the_page_of_metrics_describes_what_there_is() {
    let page = fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `cocore_"));
    let described = rows.map(|row| {
        let mut cells = row
            .split('|')
            .map(|cell| cell.replace('`', "").trim().to_owned());
        let name = format!("cocore_{}", cells.next().unwrap());
        let kind = cells.next().unwrap();
        let labels = cells.next().unwrap();
        let labels = labels.split(", ").filter(|label| !label.is_empty());
        (name, (kind, labels.map(str::to_owned).collect()))
    });
    let described: BTreeMap<String, (String, BTreeSet<String>)> = described.collect();
    let answer = vec![json(200, "{}")];
    let inference = Inference::with(&answer, &["--admin-listen", "127.0.0.1:0"]);
    let server = &inference.server;
    server.get("/auth/verify").send();
    let call = server.post("/v1/completions", &serde_json::json!({ "model": "tiny" }));
    assert_eq!(call.key(&server.first_key(ALICE)).send().status, 200);
    let metrics = Metrics::of(server);
    let mut found = metrics.descriptions();
    // Each of the two is there on one kind of database.
    let other = if server.database_url.starts_with("postgres:") {
        "cocore_writer_syncs_total"
    } else {
        "cocore_lease_remaining_seconds"
    };
    found.insert(other.to_owned(), described[other].clone());
    assert_eq!(found, described);
    let limits = metrics.series.keys();
    let limits = limits.filter_map(|name| name.strip_prefix("cocore_rejections_total{limit=\""));
    for limit in limits {
        let limit = limit.trim_end_matches("\"}");
        assert!(page.contains(&format!("`{limit}`")), "{limit}");
    }
}

#[test]
fn promtool_accepts_the_metrics() {
    let server = start();
    server.get("/auth/verify").send();
    let Some(mut promtool) = promtool(&["check", "metrics"]) else {
        return;
    };
    let mut child = promtool.stdin(Stdio::piped()).spawn().unwrap();
    let metrics = Metrics::of(&server).text;
    let mut input = child.stdin.take().unwrap();
    input.write_all(metrics.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn promtool_accepts_the_alerts() {
    let rules = repository().join("deploy/prometheus/cocore-server.rules.yaml");
    let text = fs::read_to_string(&rules).unwrap();
    let page = fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let alerts = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    for alert in alerts {
        assert!(page.contains(&format!("| `{alert}` |")), "{alert}");
    }
    // An alert on a metric that does not exist never fires.
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    for name in words.filter(|word| word.starts_with("cocore_")) {
        let name = name.trim_end_matches("_bucket");
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
    if let Some(mut promtool) = promtool(&["check", "rules"]) {
        let output = promtool.arg(&rules).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn the_alerts_fire_when_they_should() {
    let rules = repository().join("deploy/prometheus/cocore-server.rules.yaml");
    let rules = fs::read_to_string(rules).unwrap();
    let file = repository().join("tests/prometheus/alerts.yaml");
    let tests = fs::read_to_string(&file).unwrap();
    let alerts = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    for alert in alerts {
        let quiet = format!("alertname: {alert}, exp_alerts: []");
        assert!(tests.contains(&quiet), "{alert}");
        let fires = format!("alertname: {alert}\n        exp_alerts:\n");
        assert!(tests.contains(&fires), "{alert}");
    }
    if let Some(mut promtool) = promtool(&["test", "rules"]) {
        let output = promtool.arg(&file).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// Prometheus' own checks, if they are installed.
fn promtool(arguments: &[&str]) -> Option<Command> {
    let is_there = Command::new("promtool").arg("--version").output().is_ok();
    let is_there = is_there.then_some(()).ok_or("promtool is not installed");
    or_skip(is_there)?;
    let mut promtool = Command::new("promtool");
    promtool.args(arguments);
    promtool.stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(promtool)
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
