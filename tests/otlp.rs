//! Traces over OTLP, received by a collector of the test: `cargo test -p cocore-server --features otlp`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::{ALICE, Place, Server, id_and_secret, method, program};

/// A collector of OTLP over HTTP: it receives bodies of `POST /v1/traces`.
struct Collector {
    address: String,
    bodies: Receiver<Vec<u8>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, bodies) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let sender = sender.clone();
                thread::spawn(move || {
                    let mut stream = BufReader::new(stream.unwrap());
                    while let Some(body) = receive(&mut stream) {
                        if sender.send(body).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, bodies }
    }
}

/// Reads a request and answers it.
fn receive(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim().to_ascii_lowercase());
    }
    assert_eq!(lines[0], "post /v1/traces http/1.1");
    assert!(
        lines.contains(&"content-type: application/x-protobuf".to_owned()),
        "{lines:?}"
    );
    let length = lines
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    let answer =
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
    stream.get_mut().write_all(answer.as_bytes()).unwrap();
    Some(body)
}

/// A field of a protobuf message.
enum Field<'m> {
    Number(u64),
    Bytes(&'m [u8]),
}

/// The fields of a protobuf message, by number. Source: the encoding guide of Protocol Buffers.
fn fields(mut message: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut message)),
            1 => {
                let (number, rest) = message.split_first_chunk().unwrap();
                message = rest;
                Field::Number(u64::from_le_bytes(*number))
            }
            2 => {
                let length = varint(&mut message);
                let (bytes, rest) = message.split_at(usize::try_from(length).unwrap());
                message = rest;
                Field::Bytes(bytes)
            }
            5 => {
                let (number, rest) = message.split_first_chunk().unwrap();
                message = rest;
                Field::Number(u32::from_le_bytes(*number).into())
            }
            kind => panic!("wire type {kind}"),
        };
        fields.push((tag >> 3, field));
    }
    fields
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (byte, rest) = message.split_first().unwrap();
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

/// The messages in a field.
fn messages(message: &[u8], number: u64) -> Vec<&[u8]> {
    let fields = fields(message).into_iter();
    let found = fields.filter(|(found, _)| *found == number);
    found
        .map(|(_, field)| match field {
            Field::Bytes(bytes) => bytes,
            Field::Number(number) => panic!("{number} is no message"),
        })
        .collect()
}

/// A number in a field, which is 0 where it is left out.
fn number(message: &[u8], number: u64) -> u64 {
    let mut fields = fields(message).into_iter();
    let found = fields.find(|(found, _)| *found == number);
    found.map_or(0, |(_, field)| match field {
        Field::Number(value) => value,
        Field::Bytes(_) => panic!("no number"),
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Attributes, with numbers as text.
fn attributes(message: &[u8], field: u64) -> BTreeMap<String, String> {
    let pairs = messages(message, field).into_iter().map(|pair| {
        let value = messages(pair, 2)[0];
        let value = messages_or_number(value);
        (text(messages(pair, 1)[0]), value)
    });
    pairs.collect()
}

fn messages_or_number(value: &[u8]) -> String {
    match fields(value).into_iter().next().unwrap() {
        (1, Field::Bytes(bytes)) => text(bytes),
        (_, Field::Number(number)) => number.to_string(),
        _ => panic!("neither text nor number"),
    }
}

/// A span of `opentelemetry.proto.trace.v1`.
#[derive(Debug)]
struct Span {
    name: String,
    trace: Vec<u8>,
    parent: Vec<u8>,
    kind: u64,
    nanos: u64,
    status: u64,
    attributes: BTreeMap<String, String>,
}

impl Span {
    fn read(message: &[u8]) -> Self {
        let bytes = |field| messages(message, field).first().map(|bytes| bytes.to_vec());
        let status = messages(message, 15);
        Self {
            name: text(&bytes(5).unwrap()),
            trace: bytes(1).unwrap(),
            parent: bytes(4).unwrap_or_default(),
            kind: number(message, 6),
            nanos: number(message, 8) - number(message, 7),
            status: status.first().map_or(0, |status| number(status, 3)),
            attributes: attributes(message, 9),
        }
    }
}

/// Row 35 of the list of attacks.
#[test]
fn each_request_is_a_span_without_anything_of_its_caller() {
    let collector = Collector::start();
    let mut program = program();
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
        program.env_remove(name);
    }
    let endpoint = format!("http://{}", collector.address);
    program.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    // Spans do not depend on the level of the log.
    let place = Place::new();
    let server = Server::spawn(program, &place.url, &["--log", "error"]);
    let key = server.first_key(ALICE);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = "b7ad6b7169203331";
    let created = server
        .post(&method("createApiKey"), &json!({ "name": "named" }))
        .key(&key)
        .header("traceparent", &format!("00-{trace}-{parent}-01"))
        .header("tracestate", "vendor=of-the-client")
        .send();
    let (id, second) = id_and_secret(&created.expect(200));
    let request_id = created.header("x-request-id").unwrap().to_owned();
    let verified = server.get("/auth/verify").key(&second).send();
    assert_eq!(verified.status, 200);
    server
        .get(&format!("/auth/verify/{second}"))
        .send()
        .expect(401);
    server
        .get("/xrpc/com.example.unknown")
        .key(&key)
        .send()
        .expect(501);
    let lost = server
        .get("/of-the-client")
        .header("traceparent", "00-zz-1-01");
    lost.send().expect(404);
    // A stop sends what is left.
    server.stop();
    let mut bodies = Vec::new();
    while let Ok(body) = collector.bodies.recv_timeout(Duration::from_millis(200)) {
        bodies.push(body);
    }
    let resources: Vec<_> = bodies.iter().flat_map(|body| messages(body, 1)).collect();
    let of_service = attributes(messages(resources[0], 1)[0], 1);
    assert_eq!(of_service["service.name"], "cocore-server");
    let scopes = resources.iter().flat_map(|resource| messages(resource, 2));
    let spans: Vec<_> = scopes
        .flat_map(|scope| messages(scope, 2))
        .map(Span::read)
        .collect();
    // The command created the first key over a socket of its own, or in the database.
    let found = spans.iter().map(|span| {
        let attribute = |name: &str| span.attributes.get(name).map_or("", String::as_str);
        let route = attribute("http.route");
        let verb = attribute("http.request.method");
        (
            &span.name[..],
            verb,
            route,
            attribute("http.response.status_code"),
        )
    });
    let expected = [
        ("dev.cocore.account.createApiKey", "POST", "/xrpc", "200"),
        ("GET /auth/verify", "GET", "/auth/verify", "200"),
        ("GET /auth/verify", "GET", "/auth/verify", "401"),
        ("GET /xrpc", "GET", "/xrpc", "501"),
        ("GET none", "GET", "none", "404"),
    ];
    assert!(
        found.clone().eq(expected),
        "{:#?}",
        found.collect::<Vec<_>>()
    );
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let first = &spans[0];
    assert_eq!(
        (hex(&first.trace), hex(&first.parent)),
        (trace.to_owned(), parent.to_owned())
    );
    assert_eq!(first.attributes["cocore.request_id"], request_id);
    assert_eq!(
        first.attributes["rpc.method"],
        "dev.cocore.account.createApiKey"
    );
    let verify_id = &spans[1].attributes["cocore.request_id"];
    assert_eq!(verified.header("x-request-id"), Some(&verify_id[..]));
    for span in &spans {
        // A server's span; no error but of the server itself.
        assert_eq!(span.kind, 2);
        assert!((1..60_000_000_000).contains(&span.nanos), "{span:?}");
        let is_error = span.attributes["http.response.status_code"].starts_with('5');
        assert_eq!(span.status, if is_error { 2 } else { 0 }, "{span:?}");
    }
    assert!(spans[1..].iter().all(|span| span.parent.is_empty()));
    for body in &bodies {
        let body = String::from_utf8_lossy(body);
        let prefix = &second[..15];
        for secret in [
            &key[..],
            &second,
            prefix,
            &id,
            ALICE,
            "did:",
            "of-the-client",
            "named",
        ] {
            assert!(!body.contains(secret), "{secret}");
        }
    }
}

/// Without an endpoint, or if the variables disable it, nothing is sent.
#[test]
fn nothing_is_sent_unless_an_endpoint_is_named() {
    for (name, value) in [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ] {
        let collector = Collector::start();
        let mut program = program();
        program.env(name, value);
        program.env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!("http://{}", collector.address),
        );
        let place = Place::new();
        let server = Server::spawn(program, &place.url, &[]);
        server.get("/livez").send().expect(200);
        server.stop();
        assert!(collector.bodies.try_recv().is_err());
    }
}

/// A collector that does not answer delays no request and no stop.
#[test]
fn a_collector_that_hangs_delays_nothing() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut program = program();
    let endpoint = format!("http://{}", hanging.local_addr().unwrap());
    program.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    let place = Place::new();
    let server = Server::spawn(program, &place.url, &[]);
    for _ in 0..100 {
        server.get("/livez").send().expect(200);
    }
    let begun = std::time::Instant::now();
    server.stop();
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}
