//! Two servers on one PostgreSQL: a key is revoked on one while the other is asked all the time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Call, Kept};
use crate::postgres::Cluster;
use crate::process::Process;
use crate::report::{Report, median};

const KEYS: usize = 1_000;
const ASKERS: usize = 2;
const PAUSE: Duration = Duration::from_micros(100);

pub(crate) fn measure(report: &mut Report) {
    let cluster = match Cluster::new(&[]) {
        Ok(cluster) => cluster,
        Err(why) => return println!("-- left out: {why}"),
    };
    let url = cluster.database();
    let master = Process::first_key(&url);
    let (here, there) = (Process::server(&url), Process::server(&url));
    let before = here.cpu();
    let idle = Duration::from_secs(5);
    thread::sleep(idle);
    let idle = 100.0 * (here.cpu() - before).as_secs_f64() / idle.as_secs_f64();

    let mut connection = Kept::default();
    let mut post = |name: &str, input: Value| {
        let path = format!("/xrpc/dev.cocore.account.{name}");
        let call = Call::new(&here.address, "POST", &path);
        let answer = connection.send(&call.json(&input).key(&master));
        answer.unwrap().expect(200)
    };
    let mut creating = Vec::new();
    let keys: Vec<(String, String)> = (0..KEYS)
        .map(|_| {
            let sent = Instant::now();
            let made = post("createApiKey", json!({ "name": "bench" }));
            creating.push(millis(sent.elapsed()));
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&made["key"]["id"]), text(&made["secret"]))
        })
        .collect();

    // When the last request that was accepted was sent, of each key.
    let accepted = Mutex::new(vec![None::<Instant>; KEYS]);
    let (now, refused, is_over) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicBool::new(false),
    );
    let mut answered = Vec::new();
    let mut revoking = Vec::new();
    thread::scope(|scope| {
        for _ in 0..ASKERS {
            scope.spawn(|| {
                let mut connection = Kept::default();
                while !is_over.load(Ordering::SeqCst) {
                    // The processor is not what is measured.
                    thread::sleep(PAUSE);
                    let number = now.load(Ordering::SeqCst);
                    let call =
                        Call::new(&there.address, "GET", "/auth/verify").key(&keys[number].1);
                    let sent = Instant::now();
                    match connection.send(&call).unwrap().status {
                        200 => {
                            let last = &mut accepted.lock().unwrap()[number];
                            *last = (*last).max(Some(sent));
                        }
                        _ => drop(refused.fetch_max(number + 1, Ordering::SeqCst)),
                    }
                }
            });
        }
        for (number, (id, _)) in keys.iter().enumerate() {
            now.store(number, Ordering::SeqCst);
            while accepted.lock().unwrap()[number].is_none() {
                thread::sleep(PAUSE);
            }
            let sent = Instant::now();
            post("revokeApiKey", json!({ "id": id }));
            answered.push(Instant::now());
            revoking.push(millis(sent.elapsed()));
            while refused.load(Ordering::SeqCst) <= number {
                thread::sleep(PAUSE);
            }
        }
        is_over.store(true, Ordering::SeqCst);
    });
    let accepted = accepted.into_inner().unwrap();
    let late = accepted.iter().zip(&answered).map(|(sent, answered)| {
        let sent = sent.unwrap();
        millis(sent.saturating_duration_since(*answered))
            - millis(answered.saturating_duration_since(sent))
    });
    let latest = late.fold(f64::NEG_INFINITY, f64::max);
    let (creating, revoking) = (median(creating), median(revoking));
    println!(
        "-- two servers on one PostgreSQL: a create takes {creating:.2} ms, a revoke {revoking:.2} ms"
    );
    let what = format!(
        "{KEYS} revokes: milliseconds from the answer to the latest request accepted elsewhere"
    );
    report.at_most(&what, latest, 0.0);
    report.at_most("percent of a core of an idle server", idle, 2.0);
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
