//! Usage and limits on the console's pages.

use std::io::Write;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{CallLimits, Caller, CallerCredential, Clock, Models, Origin};
use cocore_store::{BudgetPeriod, BudgetReport, CallsReport, UsageCounts, UsageOf};
use serde_json::json;
use tempfile::NamedTempFile;

use super::browser::Browser;
use super::world::World;

const ALICE: &str = "did:web:alice.example";
const NOON: &str = "2030-01-31T12:00:00Z";
const NOTHING: &str = "No calls of models in the last 30 days.";

/// A server with an upstream, at noon.
fn with_upstream() -> World {
    let mut file = NamedTempFile::new().unwrap();
    let text =
        "[[upstream]]\nname = \"local\"\nurl = \"http://127.0.0.1:9/v1\"\nmodels = [\"m\"]\n";
    file.write_all(text.as_bytes()).unwrap();
    let world = World::with(&["--upstreams", file.path().to_str().unwrap()]);
    world.clock.set(NOON);
    world
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What calls of an hour have cost.
fn usage(
    did: &str,
    key: Option<&str>,
    hour: &str,
    model: &str,
    calls: u64,
) -> (UsageOf, UsageCounts) {
    let of = UsageOf {
        did: did.to_owned(),
        key_id: key.map(str::to_owned),
        hour: at(hour),
        model: model.to_owned(),
        upstream: "local".to_owned(),
    };
    let counts = UsageCounts {
        calls,
        errors: calls / 10,
        estimated: calls / 5,
        input: 1000 * calls,
        output: 100 * calls,
        cached: 50 * calls,
    };
    (of, counts)
}

async fn report(
    world: &World,
    number: i64,
    usage: Vec<(UsageOf, UsageCounts)>,
    budgets: Vec<BudgetReport>,
) {
    let report = CallsReport {
        process: "p".to_owned(),
        number,
        usage,
        budgets,
    };
    let now = world.clock.now();
    world
        .state
        .store
        .report_calls(Arc::new(report), now)
        .await
        .unwrap();
}

#[track_caller]
fn contains(page: &str, expected: &[&str]) {
    for expected in expected {
        assert!(page.contains(expected), "{expected}: {page}");
    }
}

/// The cells of the row with this head.
fn cells<'p>(page: &'p str, head: &str) -> Vec<&'p str> {
    let head = format!("<th scope=\"row\"><bdi>{head}</bdi></th>");
    let row = page.split(&head).nth(1);
    let row = row
        .and_then(|row| row.split("</tr>").next())
        .unwrap_or_default();
    let cells = row.split("<td>").skip(1);
    cells.map(|cell| cell.split('<').next().unwrap()).collect()
}

#[actix_web::test]
async fn the_usage_of_a_key_and_of_its_account_is_shown() {
    let world = with_upstream();
    let alice = Browser::of(&world, ALICE).await;
    let (key, _) = alice.create(json!({ "name": "a key" })).await;
    let (other, _) = alice.create(json!({ "name": "other" })).await;
    let path = format!("/keys/{key}");
    for path in [&path[..], "/usage"] {
        let page = alice.page(path).await;
        contains(&page, &[NOTHING, "<a href=\"/usage\""]);
        assert!(!page.contains("<svg"), "{page}");
    }

    let (id, other) = (Some(&key[..]), Some(&other[..]));
    let rows = vec![
        // Too long ago.
        usage(ALICE, id, "2030-01-01T23:00:00Z", "m", 7),
        usage(ALICE, id, "2030-01-02T00:00:00Z", "m", 1),
        usage(ALICE, id, "2030-01-31T11:00:00Z", "m", 10),
        usage(ALICE, id, "2030-01-31T12:00:00Z", "<i>n", 20),
        usage(ALICE, other, "2030-01-31T12:00:00Z", "m", 2000),
        usage(ALICE, None, "2030-01-15T12:00:00Z", "m", 1),
        usage("did:web:bob.example", id, "2030-01-31T12:00:00Z", "m", 500),
    ];
    report(&world, 1, rows, Vec::new()).await;

    let page = alice.page(&path).await;
    contains(
        &page,
        &[
            "34,100 tokens in 31 calls in the last 30 days: 31,000 of prompts and 3,100 of answers. 3 calls failed.",
            "Tokens per day, 2 Jan 2030 to 31 Jan 2030",
            "2 of 30 days used tokens. The most is 33,000 tokens, on 31 Jan 2030.",
            "<title>2 Jan 2030: 1,100 tokens, 1,000 of prompts and 100 of answers</title>",
            "<span>40,000</span><span>20,000</span><span>0</span>",
        ],
    );
    assert_eq!(page.matches("<rect class=\"day\"").count(), 30);
    assert_eq!(page.matches("<rect class=\"input\"").count(), 2);
    let of_day = ["30", "3", "30,000", "1,500", "3,000", "6"];
    assert_eq!(cells(&page, "31 Jan 2030"), of_day);
    assert_eq!(cells(&page, "1 Jan 2030"), [""; 0]);
    let of_model = ["20", "2", "20,000", "1,000", "2,000", "4"];
    assert_eq!(cells(&page, "&#60;i&#62;n"), of_model);
    assert!(!page.contains("<i>n"));

    let page = alice.page("/usage").await;
    contains(
        &page,
        &[
            "2,235,200 tokens in 2,032 calls in the last 30 days",
            "3 of 30 days used tokens. The most is 2,233,000 tokens, on 31 Jan 2030.",
            "<a href=\"/usage\" aria-current=\"page\">",
            "This account has no limits.",
        ],
    );
    assert_eq!(cells(&page, "15 Jan 2030")[0], "1");
    // The one with the most tokens first.
    assert!(page.find("<bdi>m<") < page.find("<bdi>&#60;i&#62;n<"));

    let stranger = Browser::signed_out(&world);
    let signed_out = stranger.page("/usage").await;
    contains(&signed_out, &["<h1>Sign in</h1>"]);
    let bob = Browser::of(&world, "did:web:bob.example").await;
    contains(&bob.page("/usage").await, &["500 calls"]);
}

#[actix_web::test]
async fn what_is_spent_of_limits_is_shown() {
    let world = with_upstream();
    let alice = Browser::of(&world, ALICE).await;
    let (parent, secret) = alice.create(json!({ "name": "<b>parent" })).await;
    let (status, child) =
        super::console_keys::call_with(&world, &secret, "createKey", json!({ "name": "child" }))
            .await;
    assert_eq!(status, 200, "{child}");
    let child = child["key"]["id"].as_str().unwrap();
    let path = format!("/keys/{child}");
    let none = alice.page(&path).await;
    contains(
        &none,
        &["This key has no limits of its own.", "data-act=\"limits\""],
    );
    assert!(!none.contains("<meter"), "{none}");

    let own = json!({ "tokensPerDay": 20_000, "requestsPerMinute": 0, "models": ["m", "n"] });
    alice
        .call("setLimits", json!({ "id": child, "limits": own }))
        .await;
    let of_parent = json!({ "tokensPerMonth": 1_000_000 });
    alice
        .call("setLimits", json!({ "id": parent, "limits": of_parent }))
        .await;
    let operator = Caller {
        did: Arc::new(ALICE.parse().unwrap()),
        credential: CallerCredential::Operator,
        origin: Origin::default(),
    };
    let of_account = CallLimits {
        tokens_per_day: Some(500),
        models: Some(Models::parse(["large"]).unwrap()),
        ..CallLimits::default()
    };
    let keys = &world.state.keys;
    keys.set_limits(&operator, None, of_account).await.unwrap();

    let day = |budget: &str| BudgetPeriod {
        budget: budget.to_owned(),
        period: "day",
        starts_at: at("2030-01-31T00:00:00Z"),
    };
    let store = &world.state.store;
    let take = store.take_budget(day(child), 20_000, |_| 4000, at(NOON));
    assert_eq!(take.await.unwrap().0, 4000);
    let spent = |budget, spent, overspent| BudgetReport {
        of: day(budget),
        spent,
        returned: 0,
        overspent,
    };
    let reports = vec![spent(child, 2500, 0), spent(ALICE, 600, 600)];
    report(&world, 1, Vec::new(), reports).await;

    let page = alice.page(&path).await;
    contains(
        &page,
        &[
            "data-tokens-per-day=\"20000\" data-tokens-per-month=\"\" data-requests-per-minute=\"0\" data-models=\"m\nn\"",
            "<span class=\"amount\">2,500 of 20,000 spent</span>",
            "<meter min=\"0\" max=\"20000\" high=\"16000\" value=\"2500\" aria-label=\"Tokens a day\">",
            "Renews <time data-long datetime=\"2030-02-01T00:00:00.000Z\">1 Feb 2030, 00:00 UTC</time>.",
            "Reserved for calls: 1,500.",
            "<span class=\"amount\">0 of 0 spent</span>",
            "Every call is rejected.",
            &format!(
                "<h3>The key <a href=\"/keys/{parent}\"><bdi>&#60;b&#62;parent</bdi></a></h3>"
            ),
            "0 of 1,000,000 spent",
            "600 of 500 spent",
            "Calls are rejected until it renews, <time",
            "<code>large</code>",
            "<strong>Limits changed</strong>",
        ],
    );
    let places = ["<h3>This key<", "<h3>The key ", "<h3>The account<"];
    let places = places.map(|text| page.find(text).unwrap());
    assert!(places.is_sorted(), "{places:?}");

    let of_account = alice.page("/usage").await;
    contains(&of_account, &["600 of 500 spent", "<code>large</code>"]);
    assert!(!of_account.contains("20,000") && !of_account.contains("data-act"));

    // The next day.
    world.clock.set("2030-02-01T00:00:00Z");
    let alice = Browser::of(&world, ALICE).await;
    contains(
        &alice.page(&path).await,
        &["0 of 20,000 spent", "2 Feb 2030, 00:00 UTC"],
    );

    alice.call("revokeKey", json!({ "id": child })).await;
    let revoked = alice.page(&path).await;
    contains(&revoked, &["0 of 20,000 spent"]);
    assert!(!revoked.contains("data-act=\"limits\""), "{revoked}");
}

#[actix_web::test]
async fn a_server_without_inference_shows_what_there_is() {
    let world = World::new();
    world.clock.set(NOON);
    let alice = Browser::of(&world, ALICE).await;
    let (key, _) = alice.create(json!({ "name": "a key" })).await;
    let path = format!("/keys/{key}");
    let page = alice.page(&path).await;
    for absent in ["id=\"usage-title\"", "id=\"limits\"", "href=\"/usage\""] {
        assert!(!page.contains(absent), "{absent}: {page}");
    }
    // It had inference before.
    let rows = vec![usage(ALICE, Some(&key), "2030-01-30T12:00:00Z", "m", 1)];
    report(&world, 1, rows, Vec::new()).await;
    let limits = json!({ "tokensPerDay": 5 });
    alice
        .call("setLimits", json!({ "id": key, "limits": limits }))
        .await;
    let page = alice.page(&path).await;
    contains(&page, &["1,100 tokens in 1 call", "0 of 5 spent"]);
    contains(&alice.page("/usage").await, &["1,100 tokens in 1 call"]);
}
