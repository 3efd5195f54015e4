//! The service by both frameworks, called by the typed client and by hand, over HTTP.
#![allow(clippy::unwrap_used, missing_docs)]

use std::future::{Future, IntoFuture as _};
use std::io;
use std::net::{SocketAddr, TcpListener};

use forecast::generated::com::example::weather::defs::{Day, DaySkyUnion, Rain};
use forecast::generated::com::example::weather::delete_report::{DeleteReport, DeleteReportInput};
use forecast::generated::com::example::weather::get_forecast::{
    GetForecast, GetForecastError, GetForecastParams,
};
use forecast::generated::com::example::weather::put_report::{
    PutReport, PutReportError, PutReportInput,
};
use forecast::generated::com::example::weather::upload_photo::UploadPhoto;
use forecast::generated::com::example::weather::watch_reports::{
    Report, WatchReports, WatchReportsMessage,
};
use forecast::tokens::{Caller, Tokens};
use lexicon_runtime::{Datetime, NoParams, RawBody};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use xrpc_client::{CallError, Client, EventStream};

#[tokio::test(flavor = "multi_thread")]
async fn by_actix() {
    let address = start(forecast::serve_by_actix);
    exercise(address).await;
    subscriptions_have_every_new_report(address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_axum() {
    exercise(start(forecast::serve_by_axum)).await;
}

fn start<S>(serve: fn(TcpListener, Tokens) -> S) -> SocketAddr
where
    S: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let tokens = Tokens([("sesame".to_owned(), Caller("Ali".to_owned()))].into());
    tokio::spawn(serve(listener, tokens));
    address
}

fn client(address: SocketAddr) -> Client {
    Client::new(&format!("http://{address}")).unwrap()
}

/// Calls each method of a server.
async fn exercise(address: SocketAddr) {
    let client = client(address);
    credentials(&client).await;
    let client = client.bearer("sesame");
    reports(&client).await;
    photos(&client).await;
    every_violation_is_in_one_answer(address).await;
}

fn rain(date: &str) -> Day {
    Day::new(
        Datetime::parse(date).unwrap(),
        DaySkyUnion::Rain(Rain::new(12)),
    )
}

async fn credentials(client: &Client) {
    let forecast = client.query::<GetForecast>(GetForecastParams::new("Bergen"));
    match forecast.await.unwrap_err() {
        CallError::Xrpc(error) => {
            assert_eq!(
                (error.status.as_u16(), &error.error[..]),
                (401, "AuthRequired")
            );
            assert_eq!(error.headers["www-authenticate"], "Bearer");
            assert!(error.request_id.is_some());
        }
        other => panic!("{other}"),
    }
}

async fn reports(client: &Client) {
    let forecast = || client.query::<GetForecast>(GetForecastParams::new("Bergen"));
    let unknown = forecast().await.unwrap_err();
    assert!(matches!(
        unknown,
        CallError::Declared(GetForecastError::UnknownPlace(None))
    ));

    let report = |date| client.procedure::<PutReport>(PutReportInput::new("Bergen", rain(date)));
    for date in ["2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"] {
        assert_eq!(report(date).await.unwrap().reporter, "Ali");
    }
    match report("2030-01-01T00:00:00Z").await.unwrap_err() {
        CallError::Declared(PutReportError::Taken(message)) => {
            assert_eq!(message.as_deref(), Some("that day has a report"));
        }
        other => panic!("{other}"),
    }
    let days = forecast().await.unwrap().days;
    assert_eq!(
        days,
        [rain("2030-01-01T00:00:00Z"), rain("2030-01-02T00:00:00Z")]
    );

    let date = Datetime::parse("2030-01-01T00:00:00Z").unwrap();
    let delete = DeleteReportInput::new("Bergen", date);
    let call = client.procedure::<DeleteReport>(delete).idempotent();
    let response = call.response().await.unwrap();
    assert_eq!(response.headers.get("content-type"), None);
    assert_eq!(response.headers["content-length"], "0");
    let days = forecast().await.unwrap().days;
    assert_eq!(days, [rain("2030-01-02T00:00:00Z")]);
}

async fn photos(client: &Client) {
    let photo = RawBody::new("image/png; by=\"Ali\"", *b"\x89PNG");
    let output = client.procedure::<UploadPhoto>(photo).await.unwrap();
    assert_eq!(output.mime_type, "image/png; by=\"Ali\"");
    assert_eq!(output.size, 4);
}

/// By hand, since the client would not send such a request; and the status of a declared error.
async fn every_violation_is_in_one_answer(address: SocketAddr) {
    let invalid = post(address, r#"{"place": "", "day": {"date": "tomorrow"}}"#).await;
    assert!(invalid.starts_with("HTTP/1.1 400 "), "{invalid}");
    for place in ["input/place", "input/day/date", "input/day/sky"] {
        assert!(invalid.contains(place), "{invalid}");
    }
    let body = r#"{"place": "Bergen", "day": {"date": "2030-01-02T00:00:00Z",
        "sky": {"$type": "com.example.weather.defs#sun"}}}"#;
    let taken = post(address, body).await;
    assert!(taken.starts_with("HTTP/1.1 409 "), "{taken}");
}

async fn post(address: SocketAddr, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "POST /xrpc/com.example.weather.putReport HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer sesame\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

async fn subscriptions_have_every_new_report(address: SocketAddr) {
    let client = client(address).bearer("sesame");
    let dates: Vec<_> = (2..20)
        .map(|day| format!("2030-01-{day:02}T00:00:00Z"))
        .collect();
    let mut streams = Vec::new();
    for _ in 0..2 {
        let opened = client.subscribe::<WatchReports>(&NoParams {});
        let mut reports = opened.await.unwrap();
        // The latest report, since there was one before.
        assert_eq!(
            next(&mut reports).await,
            Report::new("Bergen", rain(&dates[0]))
        );
        streams.push(reports);
    }
    // At the same time, so that several are added before a subscriber looks.
    let puts = dates.iter().map(|date| {
        let put = client.procedure::<PutReport>(PutReportInput::new("Oslo", rain(date)));
        tokio::spawn(put.into_future())
    });
    for put in puts.collect::<Vec<_>>() {
        put.await.unwrap().unwrap();
    }
    for reports in &mut streams {
        let mut found = Vec::new();
        for _ in &dates {
            found.push(next(reports).await.day.date.into_string());
        }
        found.sort();
        assert_eq!(found, dates);
    }
}

async fn next(reports: &mut EventStream<WatchReports>) -> Report {
    match reports.next().await {
        Some(Ok(WatchReportsMessage::Report(report))) => report,
        other => panic!("expected a report, found {other:?}"),
    }
}
