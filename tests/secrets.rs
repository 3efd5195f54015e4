//! No output of the server contains a secret.

use serde_json::json;

use crate::support::{ALICE, Server, method};

#[test]
fn no_secret_is_ever_printed() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let second = server.create_key(&first, &json!({ "name": "second-name" }));
    let second = second["secret"].as_str().unwrap().to_owned();
    let path = method("listApiKeys");
    let create = method("createApiKey");

    // Every place in which a client may send a secret, correct or not.
    server.get(&path).key(&second).send().expect(200);
    server
        .get(&path)
        .key(&format!("{second}x"))
        .send()
        .expect(401);
    server
        .get(&path)
        .header("authorization", &format!("Basic {second}"))
        .send()
        .expect(401);
    server
        .get(&format!("{path}?key={second}"))
        .send()
        .expect(401);
    server.get(&format!("/xrpc/{second}")).send().expect(400);
    server.get(&format!("/{second}")).send().expect(404);
    server.call(&second, "/").send();
    for body in [
        json!(second),
        json!({ "name": "n", "expiresAt": second }),
        json!({ "name": [second] }),
        json!({ "name": "n", (second.as_str()): 1 }),
    ] {
        server.post(&create, &body).key(&first).send();
    }
    server
        .post(&create, &json!({ "name": second }))
        .send()
        .expect(401);
    server
        .call("POST", &create)
        .key(&first)
        .bytes(&second, b"{}")
        .send()
        .expect(400);
    server.end("revokeApiKey", &first, &second).expect(200);

    let printed = server.stop();
    assert!(printed.contains("answered"), "the log is empty:\n{printed}");
    for secret in [&first, &second] {
        // Not even a part from which the rest could be guessed.
        assert!(!printed.contains(&secret[7..]), "a secret was printed");
        assert!(
            !printed.contains(&secret[..25]),
            "half of a secret was printed"
        );
    }
    assert!(!printed.contains("second-name"), "a key's name was printed");
}

#[test]
fn an_error_does_not_echo_what_was_sent() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    for body in [
        json!({ "name": { "secret-value": 1 } }),
        json!({ "name": "n", "expiresAt": "secret-value" }),
        json!("secret-value"),
    ] {
        let answer = server
            .post(&method("createApiKey"), &body)
            .key(&first)
            .send();
        let message = answer.expect_error(400, "InvalidRequest");
        assert!(!message.contains("secret-value"), "{message}");
    }
}
