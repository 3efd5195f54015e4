//! Two servers on one PostgreSQL: a key is revoked on one while the other is asked all the time.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Call, Connection};
use crate::failure::Result;
use crate::postgres::Cluster;
use crate::process::Process;
use crate::report::Report;
use crate::revocations::Revocations;
use crate::rounds::median;

const KEYS: usize = 1_000;
const CLIENTS: usize = 2;
/// How long an idle server is watched.
const IDLE: Duration = Duration::from_secs(5);

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let cluster = match Cluster::new(&[]) {
        Ok(cluster) => cluster,
        Err(why) => {
            println!("-- left out: {why}");
            return Ok(());
        }
    };
    let url = cluster.database();
    let key = Process::first_key(&url)?;
    let (here, there) = (Process::server(&url)?, Process::server(&url)?);
    let before = here.cpu()?;
    thread::sleep(IDLE);
    let idle = (here.cpu()? - before).as_secs_f64() / IDLE.as_secs_f64();

    let mut account = Account {
        connection: Connection::default(),
        address: here.address.clone(),
        key,
    };
    let (mut creating, mut ids, mut secrets) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..KEYS {
        let sent = Instant::now();
        let created = account.post("createApiKey", &json!({ "name": "bench" }))?;
        creating.push(milliseconds(sent.elapsed()));
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("no key");
        ids.push(text(&created["key"]["id"])?);
        secrets.push(text(&created["secret"])?);
    }

    let revocations = Revocations::new(secrets);
    let revoked = thread::scope(|scope| {
        let client = || revocations.use_keys(&there.address);
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let revoked = revocations.revoke(|number| {
            account.post("revokeApiKey", &json!({ "id": ids[number] }))?;
            Ok(())
        });
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
        revoked
    })?;
    let revoking = revoked.iter().map(|one| milliseconds(one.duration));
    let (creating, revoking) = (median(creating), median(revoking.collect()));
    println!(
        "-- two servers on one PostgreSQL: a create takes {creating:.2} ms, a revoke {revoking:.2} ms"
    );
    let late = revoked.iter().map(|one| {
        milliseconds(one.accepted.saturating_duration_since(one.answered))
            - milliseconds(one.answered.saturating_duration_since(one.accepted))
    });
    let latest = late.fold(f64::NEG_INFINITY, f64::max);
    let what = format!(
        "{KEYS} revokes: milliseconds from the answer to the latest request accepted elsewhere"
    );
    report.at_most(&what, latest, 0.0);
    report.at_most("percent of a core of an idle server", 100.0 * idle, 2.0);
    Ok(())
}

/// Who creates and revokes, over one connection.
struct Account {
    connection: Connection,
    address: String,
    key: String,
}

impl Account {
    fn post(&mut self, method: &str, input: &Value) -> Result<Value> {
        let path = format!("/xrpc/dev.cocore.account.{method}");
        let call = Call::new(&self.address, "POST", &path);
        let answer = self.connection.send(&call.json(input).key(&self.key))?;
        if answer.status != 200 {
            return Err(format!("{method}: {answer:?}").into());
        }
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
