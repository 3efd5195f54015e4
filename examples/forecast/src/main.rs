//! `forecast actix` and `forecast axum` serve at 127.0.0.1:3000, for Ali, whose token is `sesame`.

use forecast::tokens::{Caller, Tokens};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:3000")?;
    let tokens = Tokens([("sesame".to_owned(), Caller("Ali".to_owned()))].into());
    match std::env::args().nth(1).as_deref() {
        Some("axum") => forecast::serve_by_axum(listener, tokens).await,
        _ => forecast::serve_by_actix(listener, tokens).await,
    }
}
