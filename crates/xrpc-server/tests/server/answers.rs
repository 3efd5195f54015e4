//! The order of answers, statuses, and headers.

use http::StatusCode;

use crate::service::Put;
use crate::{Call, error, header, server, text};

#[tokio::test]
async fn the_first_fault_in_the_order_of_answers_decides() {
    let server = server().body_limit_of::<Put>(4);
    let put = "com.example.put";
    // Each call has one fault fewer than the one before.
    let calls = [
        (
            Call::new("GET", "com").header("authorization", ""),
            "400 InvalidRequest: expected an NSID after /xrpc/, such as com.example.getThing",
        ),
        (
            Call::new("GET", "com.example.unknown").header("authorization", ""),
            "501 MethodNotImplemented: this server has no such method",
        ),
        (
            Call::new("GET", put).header("authorization", ""),
            "405 MethodNotAllowed: expected the verb POST",
        ),
        (
            Call::new("POST", put).header("authorization", ""),
            "401 AuthRequired: expected a name",
        ),
        (
            Call::new("POST", put)
                .json("12345")
                .header("content-encoding", "br")
                .header("content-type", "text/plain"),
            "415 InvalidRequest: input: expected the content encoding gzip, or none",
        ),
        (
            Call::new("POST", put)
                .json("12345")
                .header("content-type", "text/plain"),
            "400 InvalidRequest: input: expected the content type application/json",
        ),
        (
            Call::new("POST", put).json("12345"),
            "413 PayloadTooLarge: input: expected at most 4 bytes",
        ),
        (
            Call::new("POST", put).json("{}"),
            "400 InvalidRequest: input/text: required, but missing",
        ),
        (
            Call::new("POST", "com.example.get?days=0"),
            "405 MethodNotAllowed: expected the verb GET, HEAD",
        ),
        (
            Call::new("GET", "com.example.get?days=0").header("authorization", ""),
            "400 InvalidRequest: params/place: required, but missing; params/days: expected 1 to 14",
        ),
    ];
    for (call, expected) in calls {
        let target = call.target.clone();
        let answer = call.send(&server).await;
        assert_eq!(error(&answer), expected, "{target}");
        assert_eq!(header(&answer, "cache-control"), "no-store");
        assert_eq!(header(&answer, "content-type"), "application/json");
        assert_eq!(header(&answer, "access-control-allow-origin"), "*");
        let allow = expected.strip_prefix("405 MethodNotAllowed: expected the verb ");
        assert_eq!(header(&answer, "allow"), allow.unwrap_or_default());
        let is_challenge = answer.status() == StatusCode::UNAUTHORIZED;
        assert_eq!(
            header(&answer, "www-authenticate"),
            if is_challenge { "Bearer" } else { "" }
        );
    }
}

#[tokio::test]
async fn every_bad_parameter_is_in_one_answer() {
    let server = server();
    let call = Call::new("GET", "com.example.get?days=x&days=1&place=Kathmandu");
    assert_eq!(
        error(&call.send(&server).await),
        "400 InvalidRequest: params/days: expected an integer within 53 bits; \
         params/place: expected 1 to 5 bytes of UTF-8, found 9"
    );
}

#[tokio::test]
async fn an_nsid_is_known_in_each_way_of_writing_it() {
    let server = server();
    for (path, expected) in [
        ("com.example.get", 200),
        ("COM.Example.get", 200),
        ("com%2Eexample.g%65t", 200),
        ("com.example.GET", 501),
        ("com.example.get/", 400),
        ("com.example.get%20", 400),
        ("_health", 400),
        ("", 400),
    ] {
        let answer = Call::new("GET", &format!("{path}?place=Oslo"))
            .send(&server)
            .await;
        assert_eq!(answer.status().as_u16(), expected, "{path}");
    }
}

#[tokio::test]
async fn declared_errors_have_status_400_or_the_handlers_own() {
    let server = server();
    for (input, expected, retry_after) in [
        ("taken", "409 Taken: by Ali", ""),
        ("none", "400 NotFound", ""),
        ("away", "503 ServiceUnavailable: try again", "2"),
    ] {
        let call = Call::new("POST", "com.example.put").json(&format!("{{\"text\":\"{input}\"}}"));
        let answer = call.send(&server).await;
        assert_eq!(error(&answer), expected);
        assert_eq!(header(&answer, "retry-after"), retry_after);
    }
}

#[tokio::test]
async fn a_method_without_output_answers_without_type_and_body() {
    let call = Call::new("POST", "com.example.put").json(r#"{"text":"ok"}"#);
    let answer = call.send(&server()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(text(&answer), "");
    assert!(!answer.headers().contains_key("content-type"));
}

#[tokio::test]
async fn handlers_see_the_head_and_set_headers() {
    let server = server();
    for verb in ["GET", "HEAD"] {
        let answer = Call::new(verb, "com.example.get?place=Oslo&days=3")
            .send(&server)
            .await;
        let id = header(&answer, "x-request-id");
        assert_eq!(id.len(), 16);
        assert_eq!(text(&answer), format!(r#"{{"text":"Oslo 3 Ali {id}"}}"#));
        assert_eq!(header(&answer, "cache-control"), "max-age=60");
        let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
    }
}

#[tokio::test]
async fn a_preflight_allows_the_header_names_that_it_asks_for() {
    let server = server();
    let long = "x".repeat(2000);
    for (asked, allowed) in [
        ("", "Authorization, Content-Type"),
        (
            "authorization,atproto-proxy, x-stainless-os",
            "Authorization, Content-Type, atproto-proxy, x-stainless-os",
        ),
        ("a b, <script>, dpop", "Authorization, Content-Type, dpop"),
        (&long, "Authorization, Content-Type"),
    ] {
        let call = Call::new("OPTIONS", "com.example.put").header("authorization", "");
        let answer = call
            .header("access-control-request-headers", asked)
            .send(&server)
            .await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        assert_eq!(header(&answer, "access-control-allow-headers"), allowed);
        assert_eq!(header(&answer, "access-control-allow-origin"), "*");
        assert_eq!(
            header(&answer, "access-control-allow-methods"),
            "GET, HEAD, POST"
        );
        assert_eq!(header(&answer, "vary"), "Access-Control-Request-Headers");
        assert!(
            !answer
                .headers()
                .contains_key("access-control-allow-credentials")
        );
    }
}

#[tokio::test]
async fn each_method_has_its_own_limit() {
    let server = server().body_limit_of::<Put>(4);
    for (method, expected) in [("put", 413), ("echo", 200)] {
        let call = Call::new("POST", &format!("com.example.{method}")).json("12345");
        assert_eq!(
            call.send(&server).await.status().as_u16(),
            expected,
            "{method}"
        );
    }
}
