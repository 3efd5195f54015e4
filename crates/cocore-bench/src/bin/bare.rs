//! A bare actix-web server to compare with: `bare HEADERS BODY`. It answers every
//! request with the same bytes, under the same settings as the real one.
#![allow(clippy::print_stdout, missing_docs)]

use actix_web::{App, HttpResponse, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let [headers, body] = [arguments.next(), arguments.next()].map(Option::unwrap_or_default);
    let headers: Vec<(String, String)> = headers
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let body: &'static str = body.leak();
    let server = HttpServer::new(move || {
        let headers = headers.clone();
        App::new().default_service(web::to(move || {
            let mut answer = HttpResponse::Ok();
            for (name, value) in &headers {
                answer.insert_header((&name[..], &value[..]));
            }
            std::future::ready(answer.body(body))
        }))
    });
    let server = server.bind("127.0.0.1:0")?;
    println!("listening on http://{}", server.addrs()[0]);
    server.run().await
}
