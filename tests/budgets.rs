//! Limits of what calls of models may cost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::postgres::Cluster;
use crate::support::skip::or_skip;
use crate::support::upstream::{Inference, Step, json as answer};
use crate::support::{ALICE, Answer, Place, Server, id_and_secret, wait_until};

/// What each call costs.
const COST: u64 = 100;

/// An answer that costs 100 tokens.
fn counted() -> Vec<Step> {
    answer(
        200,
        r#"{"object":"chat.completion","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":80}}"#,
    )
}

/// Calls a model. The call can cost 80 tokens, and those of the body.
fn call(server: &Server, key: &str) -> Answer {
    let body = json!({ "model": "tiny", "messages": [], "max_tokens": 80 });
    server.post("/v1/chat/completions", &body).key(key).send()
}

/// Creates a key with another one, and returns its id and secret.
fn create(server: &Server, by: &str) -> (String, String) {
    id_and_secret(&server.create_key_by_method(by, &json!({ "name": "n" })))
}

impl Server {
    fn create_key_by_method(&self, by: &str, input: &Value) -> Value {
        self.call_key_method("createKey", by, input).expect(200)
    }

    /// Sets the limits of a key.
    #[track_caller]
    fn limit(&self, by: &str, id: &str, limits: &Value) {
        let input = json!({ "id": id, "limits": limits });
        let set = self.call_key_method("setLimits", by, &input).expect(200);
        assert_eq!(&set["limits"], limits);
    }

    /// What is spent of the budgets that hold for a key, in the order of the answer.
    fn spent(&self, key: &str, id: &str) -> Vec<u64> {
        let path = format!("/xrpc/dev.cocore.apikey.getUsage?id={id}");
        let usage = self.get(&path).key(key).send().expect(200);
        let budgets = usage["budgets"].as_array().unwrap().iter();
        budgets.map(|one| one["spent"].as_u64().unwrap()).collect()
    }
}

#[track_caller]
fn expect(answer: &Answer, status: u16, code: &str) -> String {
    let body = answer.expect(status);
    assert_eq!(body["error"]["code"], code, "{body}");
    body["error"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn each_limit_is_kept() {
    let inference = Inference::start(&[counted()]);
    let server = &inference.server;
    let owner = server.first_key(ALICE);
    let (id, key) = create(server, &owner);
    let limit = |limits: Value| server.limit(&owner, &id, &limits);
    // Nothing at all, by each of the numbers.
    for (limits, code, words) in [
        (
            json!({ "tokensPerDay": 0 }),
            "insufficient_quota",
            "this key has 0 of its 0 tokens a day",
        ),
        (
            json!({ "tokensPerMonth": 0 }),
            "insufficient_quota",
            "tokens a month",
        ),
        (
            json!({ "requestsPerMinute": 0 }),
            "rate_limit_exceeded",
            "this key may make 0 calls a minute",
        ),
    ] {
        limit(limits.clone());
        let refused = call(server, &key);
        let message = expect(&refused, 429, code);
        assert!(
            message.contains(words) || code == "insufficient_quota",
            "{message}"
        );
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!(wait >= 1);
        let no_retry = refused.header("x-should-retry") == Some("false");
        assert_eq!(no_retry, code == "insufficient_quota", "{limits}");
    }
    limit(json!({ "models": ["other"] }));
    expect(&call(server, &key), 404, "model_not_found");
    let models = server.get("/v1/models").key(&key).send().expect(200);
    assert_eq!(models["data"], json!([]));
    // There is no limit of what the owner's key may do.
    call(server, &owner).expect(200);
    // A call that could cost more than what is left is refused, and says how much is left.
    limit(json!({ "tokensPerDay": 2 * COST + 20 }));
    call(server, &key).expect(200);
    let message = expect(&call(server, &key), 429, "insufficient_quota");
    assert!(
        message.contains("120 of its 220 tokens a day left"),
        "{message}"
    );
    limit(json!({ "tokensPerDay": 3 * COST }));
    call(server, &key).expect(200);
    // The client has to say how much it wants at most, unless the settings do.
    let open = || {
        let body = json!({ "model": "tiny", "messages": [] });
        server.post("/v1/chat/completions", &body).key(&key).send()
    };
    limit(json!({ "tokensPerDay": 10 * COST }));
    let message = expect(&open(), 400, "invalid_request");
    assert!(message.contains("`max_tokens`"), "{message}");
    wait_until("the usage is written", || {
        server.spent(&owner, &id) == [2 * COST]
    });
    limit(json!({ "requestsPerMinute": 1000, "models": ["tiny"] }));
    open().expect(200);
    limit(json!({}));
    open().expect(200);
    // Nothing of the calls that were refused has reached the upstream.
    assert_eq!(inference.upstream.requests().len(), 5);
}

/// A number of calls a minute, whichever minute it is.
#[test]
fn calls_a_minute_are_counted() {
    let inference = Inference::start(&[counted()]);
    let server = &inference.server;
    let owner = server.first_key(ALICE);
    let (id, key) = create(server, &owner);
    server.limit(&owner, &id, &json!({ "requestsPerMinute": 5 }));
    let accepted = (0..)
        .take_while(|_| call(server, &key).status == 200)
        .count();
    // The minute may have changed meanwhile, once.
    assert!((5..=10).contains(&accepted), "{accepted}");
}

#[test]
fn a_maximum_of_the_settings_is_reserved_where_the_client_sets_none() {
    let inference = Inference::start(&[counted()]);
    let server = &inference.server;
    let url = &inference.upstream.url;
    inference.write_file(&format!(
        "[[upstream]]\nname = \"local\"\nurl = \"{url}\"\nmodels = [\"tiny\"]\n\
        max-output = {{ \"tiny\" = 80 }}\nmax-input = {{ \"tiny\" = 20 }}\n"
    ));
    assert!(server.signal("HUP"));
    let owner = server.first_key(ALICE);
    let (id, key) = create(server, &owner);
    server.limit(&owner, &id, &json!({ "tokensPerDay": COST }));
    let body =
        json!({ "model": "tiny", "messages": [{ "role": "user", "content": "x".repeat(500) }] });
    let call = || server.post("/v1/chat/completions", &body).key(&key).send();
    wait_until("the file is read again", || call().status != 400);
    let message = expect(&call(), 429, "insufficient_quota");
    assert!(message.contains("has spent its 100 tokens"), "{message}");
}

#[test]
fn a_call_is_charged_to_every_key_above_and_to_the_account() {
    let inference = Inference::start(&[counted()]);
    let server = &inference.server;
    let owner = server.first_key(ALICE);
    let (parent_id, parent) = create(server, &owner);
    let (child_id, child) = create(server, &parent);
    let operator = |arguments: &[&str]| {
        let output = server.command(&[&["key", "limit", "--did", ALICE], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    server.limit(&owner, &parent_id, &json!({ "tokensPerDay": 300 }));
    server.limit(&parent, &child_id, &json!({ "tokensPerDay": 220 }));
    let printed = operator(&["--tokens-per-day", "1000"]);
    assert_eq!(printed, "limits  1000 tokens a day\n");
    call(server, &child).expect(200);
    wait_until("all are charged", || {
        server.spent(&owner, &child_id) == [COST; 3]
    });
    let message = expect(&call(server, &child), 429, "insufficient_quota");
    assert!(message.contains("this key has 120"), "{message}");
    call(server, &parent).expect(200);
    let message = expect(&call(server, &parent), 429, "insufficient_quota");
    assert!(message.contains("this key has 100"), "{message}");
    server.limit(&parent, &child_id, &json!({}));
    let message = expect(&call(server, &child), 429, "insufficient_quota");
    assert!(
        message.contains("a key that this one descends from has 100"),
        "{message}"
    );
    // A replacement has the budget of the key that it replaces, and so has that key as long as it lives.
    let rotated = server.call_key_method(
        "rotateKey",
        &owner,
        &json!({ "id": parent_id, "graceSeconds": 3600 }),
    );
    let (_, replacement) = id_and_secret(&rotated.expect(200));
    for key in [&replacement, &parent, &child] {
        expect(&call(server, key), 429, "insufficient_quota");
    }
    // The limits of the account hold for keys without limits.
    operator(&["--tokens-per-day", "400"]);
    // The command is another process on PostgreSQL: the server learns of it within five seconds.
    wait_until("the account has spent its limit", || {
        let answer = call(server, &owner);
        answer.status == 429 && answer.value()["error"]["code"] == "insufficient_quota"
    });
    let message = expect(&call(server, &owner), 429, "insufficient_quota");
    assert!(message.contains("this account has"), "{message}");
    operator(&["--none"]);
    wait_until("the account has no limit", || {
        call(server, &owner).status == 200
    });
    // No caller sets limits that hold for itself.
    for (by, input) in [
        (&parent, json!({ "id": parent_id, "limits": {} })),
        (&replacement, json!({ "limits": {} })),
        (&owner, json!({ "limits": { "tokensPerDay": 5 } })),
    ] {
        let refused = server.call_key_method("setLimits", by, &input);
        let name = refused.value()["error"].clone();
        assert!(
            ["OwnLimits", "KeyNotActive"].contains(&name.as_str().unwrap()),
            "{name}"
        );
        assert_eq!(refused.status, 400);
    }
}

/// Connections to servers spend one budget until it is spent, or, without patience, until what is left is held by
/// servers. Returns what they have spent.
fn spend(servers: &[&Server], key: &str, connections: usize, is_patient: bool) -> u64 {
    let spent = AtomicU64::new(0);
    thread::scope(|scope| {
        for number in 0..connections {
            let (server, spent) = (servers[number % servers.len()], &spent);
            scope.spawn(move || {
                loop {
                    let answer = call(server, key);
                    if answer.status == 200 {
                        spent.fetch_add(COST, Ordering::Relaxed);
                        continue;
                    }
                    let code = answer.value()["error"]["code"].clone();
                    match code.as_str().unwrap() {
                        // It is reserved by others, or held by the other server for a moment.
                        "rate_limit_exceeded" if is_patient => {
                            thread::sleep(Duration::from_millis(200))
                        }
                        "insufficient_quota" | "rate_limit_exceeded" => return,
                        code => panic!("{code}"),
                    }
                }
            });
        }
    });
    spent.into_inner()
}

/// A place in a PostgreSQL cluster of the tests.
fn on_postgres() -> Option<Place> {
    let cluster = or_skip(Cluster::shared())?;
    Some(Place {
        url: cluster.database(),
        dir: TempDir::new().unwrap(),
    })
}

#[test]
fn two_servers_spend_nearly_all_of_a_budget_and_never_more() {
    let Some(place) = on_postgres() else {
        return;
    };
    let inference = Inference::at(place, &[counted()], &[]);
    let (here, there) = (&inference.server, inference.another());
    let owner = here.first_key(ALICE);
    let (id, key) = create(here, &owner);
    here.limit(&owner, &id, &json!({ "tokensPerDay": 10_000 }));
    let spent = spend(&[here, &there], &key, 64, true);
    assert!((9_500..=10_000).contains(&spent), "{spent}");
    wait_until("it is written", || there.spent(&owner, &id) == [spent]);
}

#[test]
fn one_server_spends_nearly_all_of_a_budget_and_never_more() {
    let inference = Inference::start(&[counted()]);
    let server = &inference.server;
    let owner = server.first_key(ALICE);
    let (id, key) = create(server, &owner);
    server.limit(&owner, &id, &json!({ "tokensPerMonth": 3_000 }));
    let spent = spend(&[server], &key, 16, true);
    assert!((2_850..=3_000).contains(&spent), "{spent}");
}

/// After kill -9 amid calls, no budget can be overspent: what the server had taken counts as spent.
#[test]
fn a_killed_server_leaves_no_budget_that_can_be_overspent() {
    let mut inference = Inference::start(&[counted()]);
    let owner = inference.server.first_key(ALICE);
    let (id, key) = create(&inference.server, &owner);
    inference
        .server
        .limit(&owner, &id, &json!({ "tokensPerDay": 10_000 }));
    for _ in 0..3 {
        let server = &inference.server;
        let sent = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let body = json!({ "model": "tiny", "messages": [], "max_tokens": 80 });
                    let call = || {
                        server
                            .post("/v1/chat/completions", &body)
                            .key(&key)
                            .try_send()
                    };
                    while call().is_ok_and(|answer| answer.status == 200) {
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            wait_until("calls are made", || sent.load(Ordering::Relaxed) >= 5);
            assert!(server.signal("KILL"));
        });
        inference.server.wait(Duration::from_secs(20)).unwrap();
        inference.server = inference.another();
    }
    // The rest counts as spent once the dead servers have been silent for a minute.
    spend(&[&inference.server], &key, 8, false);
    // Every call that the upstream got was paid for.
    let calls = inference.upstream.requests().len() as u64;
    assert!(calls * COST <= 10_000, "{calls}");
}

/// While the database is away, keys are still verified, usage is written later, and budgets end with what the server has
/// taken of them.
#[test]
fn without_the_database_calls_go_on_as_far_as_their_budget_was_taken() {
    use crate::support::postgres::name;
    use crate::support::proxy::Proxy;
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
    };
    let database = cluster.database();
    let proxy = Proxy::new(&cluster.socket());
    let place = Place {
        url: proxy.url(name(&database)),
        dir: TempDir::new().unwrap(),
    };
    let inference = Inference::at(place, &[counted()], &[]);
    let server = &inference.server;
    let owner = server.first_key(ALICE);
    let (id, key) = create(server, &owner);
    server.limit(&owner, &id, &json!({ "tokensPerDay": 100_000 }));
    for key in [&key, &owner] {
        call(server, key).expect(200);
    }
    proxy.set_silent(true);
    // The lease of the set of live keys lasts some seconds: long enough for the slice.
    call(server, &owner).expect(200);
    let mut accepted = 0;
    let refused = loop {
        let answer = call(server, &key);
        if answer.status != 200 {
            break answer;
        }
        accepted += 1;
    };
    assert_eq!(refused.status, 503, "{:?}", refused.value());
    assert!((1..1000).contains(&accepted), "{accepted}");
    proxy.set_silent(false);
    server.await_status("/readyz", 200);
    wait_until("the usage is written", || {
        let usage = server
            .get("/xrpc/dev.cocore.apikey.getUsage")
            .key(&owner)
            .send();
        let calls = usage.status == 200 && usage.value()["usage"][0]["calls"] == accepted + 3;
        calls && server.spent(&owner, &id) == [(accepted + 1) * COST]
    });
}
