//! The time until the lexicons of a directory are shown, and the time of each page. The limits are one second and
//! 50 ms, of the shortest of three runs: other programs on the machine make each longer. Run with `cargo bench -p lexicon-site -- DIR`; without a directory, the project's own lexicons are shown.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use lexicon_schema::Catalog;
use lexicon_schema::history::History;
use lexicon_schema::model::{DefKind, Document};
use lexicon_site::{Settings, Site};

const READY: Duration = Duration::from_secs(1);
const PAGE: Duration = Duration::from_millis(50);
const RUNS: usize = 3;

fn main() -> ExitCode {
    let dir = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lexicons");
    let dir = PathBuf::from(dir.unwrap_or_else(|| own.to_owned()));

    let mut ready = Duration::MAX;
    let mut site = None;
    for _ in 0..RUNS {
        let start = Instant::now();
        let loaded = Catalog::load(&dir).unwrap();
        site = Some(Site::new(loaded, Settings::default()));
        ready = ready.min(start.elapsed());
    }
    let site = site.unwrap();
    let nsids: Vec<_> = site
        .catalog()
        .documents()
        .map(|document| document.nsid.to_string())
        .collect();
    println!("{} documents: ready in {ready:?}", nsids.len());

    let methods: Vec<_> = site
        .catalog()
        .documents()
        .filter(|document| is_called(document))
        .map(|document| document.nsid.to_string())
        .collect();
    // Nothing is kept of an earlier run: each has a site of its own.
    let runs: Vec<_> = (0..RUNS)
        .map(|_| measure(&with_history(&dir, &site), &nsids, &methods))
        .collect();
    let mut slow = 0;
    for (index, (name, first)) in runs[0].iter().enumerate() {
        let mut times: Vec<_> = first
            .iter()
            .enumerate()
            .map(|(page, (path, _))| {
                let of_runs = runs.iter().map(|run| run[index].1[page].1);
                (of_runs.min().unwrap(), path)
            })
            .collect();
        times.sort();
        let Some((longest, path)) = times.last() else {
            continue;
        };
        let (median, _) = &times[times.len() / 2];
        let count = times.len();
        println!("{name}: {count}, median {median:?}, longest {longest:?} ({path})");
        slow += times.iter().filter(|(time, _)| *time >= PAGE).count();
    }
    if ready >= READY || slow > 0 {
        println!("too slow: {slow} pages, the limits are {READY:?} and {PAGE:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Whether a document has a form that calls it.
fn is_called(document: &Document) -> bool {
    let main = document.defs.get("main");
    main.is_some_and(|main| matches!(main.kind, DefKind::Method(_)))
}

/// The kinds of pages, each with its paths and the time of the first request for each.
type Times = Vec<(&'static str, Vec<(String, Duration)>)>;

fn measure(site: &Site, nsids: &[String], methods: &[String]) -> Times {
    let of = |nsids: &[String], end: &str| -> Vec<String> {
        nsids.iter().map(|nsid| format!("/{nsid}{end}")).collect()
    };
    let kinds = [
        ("openapi.json", vec!["/openapi.json".to_owned()]),
        ("index", vec!["/".to_owned()]),
        ("search", vec!["/?q=com".to_owned()]),
        ("llms.txt", vec!["/llms.txt".to_owned()]),
        ("documentation", of(nsids, "")),
        ("json", of(nsids, "/json")),
        ("try", of(methods, "/try")),
        ("validate", of(nsids, "/validate")),
        ("metadata", of(nsids, "/metadata")),
        (".json", of(nsids, ".json")),
        (".txt", of(nsids, ".txt")),
    ];
    kinds
        .into_iter()
        .map(|(name, paths)| {
            let times = paths.into_iter().map(|path| {
                let time = time(site, &path);
                (path, time)
            });
            (name, times.collect())
        })
        .collect()
}

/// The same site, with three versions of each document.
fn with_history(dir: &std::path::Path, site: &Site) -> Site {
    let mut history = History::default();
    history.record(site.catalog(), "2026-11-24");
    for (day, note) in [
        ("2026-11-25", "an earlier version"),
        ("2026-11-26", "a later version"),
    ] {
        let mut loaded = lexicon_schema::Loaded::default();
        for document in site.catalog().documents() {
            let text = document
                .source
                .replacen('{', &format!("{{\"description\":\"{note}\","), 1);
            loaded.add(&document.file, &text);
        }
        history.record(&loaded.catalog, day);
    }
    let mut settings = Settings::default();
    settings.history = history;
    Site::new(Catalog::load(dir).unwrap(), settings)
}

/// The time of the first request for a path, for which nothing is kept.
fn time(site: &Site, path: &str) -> Duration {
    let request = Request::get(path).body(Bytes::new()).unwrap();
    let start = Instant::now();
    let answer = site.answer(&request);
    let time = start.elapsed();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    time
}
