//! The time until the lexicons of a directory are shown, and the time of each page. The limits are one second and
//! 50 ms. Run with `cargo bench -p lexicon-site -- DIR`; without a directory, the project's own lexicons are shown.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use lexicon_schema::Catalog;
use lexicon_schema::history::History;
use lexicon_site::{Settings, Site};

const READY: Duration = Duration::from_secs(1);
const PAGE: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let dir = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lexicons");
    let dir = PathBuf::from(dir.unwrap_or_else(|| own.to_owned()));

    let start = Instant::now();
    let loaded = Catalog::load(&dir).unwrap();
    let site = Site::new(loaded, Settings::default());
    let ready = start.elapsed();
    let nsids: Vec<_> = site
        .catalog()
        .documents()
        .map(|document| document.nsid.to_string())
        .collect();
    println!("{} documents: ready in {ready:?}", nsids.len());

    let site = with_history(&dir, &site);
    let mut slow = 0;
    let mut kinds = vec![
        ("index", vec!["/".to_owned()]),
        ("search", vec!["/?q=com".to_owned()]),
        ("openapi.json", vec!["/openapi.json".to_owned()]),
        ("llms.txt", vec!["/llms.txt".to_owned()]),
    ];
    for (name, end) in [
        ("documentation", ""),
        ("json", "/json"),
        ("validate", "/validate"),
        ("metadata", "/metadata"),
        (".json", ".json"),
        (".txt", ".txt"),
    ] {
        kinds.push((
            name,
            nsids.iter().map(|nsid| format!("/{nsid}{end}")).collect(),
        ));
    }
    for (name, paths) in kinds {
        let times = paths.into_iter().map(|path| (time(&site, &path), path));
        let mut times: Vec<_> = times.collect();
        times.sort();
        let (longest, path) = times.last().unwrap();
        let (median, _) = &times[times.len() / 2];
        println!("{name}: median {median:?}, longest {longest:?} ({path})");
        slow += times.iter().filter(|(time, _)| *time >= PAGE).count();
    }
    if ready >= READY || slow > 0 {
        println!("too slow: {slow} pages, the limits are {READY:?} and {PAGE:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
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
