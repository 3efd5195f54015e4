//! The benchmarks: ratios of one run, each beside its limit. `cargo xtask bench` builds what is needed
//! and starts this; it needs `wrk`, a C compiler, and PostgreSQL with its `pgbench` for its part.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

mod keys;
mod nodes;
mod process;
mod reading;
mod report;
mod writing;
mod wrk;

// The tests' own.
#[path = "../../../tests/support/client.rs"]
#[allow(dead_code, unreachable_pub)]
mod client;
#[path = "../../../tests/support/disk.rs"]
#[allow(dead_code, unreachable_pub)]
mod disk;
#[path = "../../../tests/support/postgres.rs"]
#[allow(dead_code, unreachable_pub)]
mod postgres;

use std::process::ExitCode;

use report::Report;

/// A part: its name, and what measures it with so many keys.
type Part = (&'static str, fn(&mut Report, u64));

const PARTS: [Part; 4] = [
    ("reading", reading::measure),
    ("sqlite", |report, _| writing::on_sqlite(report)),
    ("postgres", |report, _| writing::on_postgres(report)),
    ("nodes", |report, _| nodes::measure(report)),
];

/// The first word is how many keys there are, the second one a part that is wanted alone.
fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let keys = words.next().map_or(1_000_000, |text| text.parse().unwrap());
    let only = words.next();
    let mut report = Report::default();
    for (name, measure) in PARTS {
        if only.as_ref().is_none_or(|only| only == name) {
            measure(&mut report, keys);
        }
    }
    report.end()
}
