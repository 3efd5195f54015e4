//! The configuration of nginx for containers, `deploy/compose/nginx.conf`, in front of two servers.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::postgres::Cluster;
use crate::support::reverse_proxy::{ReverseProxy, free_address};
use crate::support::skip::or_skip;
use crate::support::{ALICE, Server};

#[test]
fn the_configuration_of_nginx_for_containers_works() {
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
    };
    let url = cluster.database();
    let settings = ["--trusted-proxies", "1", "--log-format", "json"];
    let [first, second] = [
        Server::on_with(&url, &settings),
        Server::on_with(&url, &settings),
    ];
    let plain = free_address();
    let nginx = |address: &str, at: &str| {
        let config = fs::read_to_string("../../deploy/compose/nginx.conf").unwrap();
        make_certificate(at);
        // What differs from a container: names, ports and files.
        [
            ("server-1:8080", &first.address[..]),
            ("server-2:8080", &second.address),
            ("listen 80;", &format!("listen {plain};")),
            ("listen 443 ", &format!("listen {address} ")),
            ("/run/secrets", at),
        ]
        .into_iter()
        .fold(config, |config, (from, to)| {
            assert!(config.contains(from), "{from}");
            config.replace(from, to)
        })
    };
    let Some(proxy) = ReverseProxy::nginx_with(nginx) else {
        return;
    };

    let curl = |url: &str, arguments: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--insecure", "--include"]);
        let output = curl.args(arguments).arg(url).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let moved = curl(&format!("http://{plain}/sessions?a=b"), &[]);
    assert!(moved.starts_with("HTTP/1.1 308"), "{moved}");
    assert!(moved.contains("/sessions?a=b\r\n"), "{moved}");

    let base = format!("https://{}", proxy.address);
    let key = first.first_key(ALICE);
    let bearer = format!("authorization: Bearer {key}");
    let call = |method: &str, input: &str| {
        let url = format!("{base}/xrpc/dev.cocore.account.{method}");
        let json = "content-type: application/json";
        let answer = curl(&url, &["-H", &bearer, "-H", json, "-d", input]);
        assert!(answer.starts_with("HTTP/2 200"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str::<Value>(body).unwrap()
    };
    let second_key = call("createApiKey", r#"{"name": "second"}"#);
    let secret = second_key["secret"].as_str().unwrap().to_owned();
    let verify = || {
        let forged = ["-H", "x-forwarded-for: 192.0.2.1", "-H"];
        let bearer = format!("authorization: Bearer {secret}");
        let answer = curl(
            &format!("{base}/auth/verify"),
            &[&forged[..], &[&bearer]].concat(),
        );
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    for _ in 0..4 {
        assert_eq!(verify(), "200");
    }

    // One server is gone: no request fails, also none that changes something.
    first.stop();
    for _ in 0..8 {
        assert_eq!(verify(), "200");
    }
    let id = &second_key["key"]["id"];
    let input = serde_json::json!({ "id": id }).to_string();
    assert_eq!(
        call("revokeApiKey", &input),
        serde_json::json!({ "revoked": true })
    );
    for _ in 0..4 {
        assert_eq!(verify(), "401");
    }
    let log = second.stop();
    assert!(
        log.contains("127.0.0.1") && !log.contains("192.0.2.1"),
        "{log}"
    );
}

/// A certificate and its key, as the container has them.
fn make_certificate(at: &str) {
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
    ]);
    openssl.args(["-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    openssl.arg("-keyout").arg(format!("{at}/tls.key"));
    let made = openssl
        .arg("-out")
        .arg(format!("{at}/tls.crt"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}
