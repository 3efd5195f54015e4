//! A bare upstream of inference to measure with: it answers each request with the same JSON, or, if the body asks for a
//! stream, with 32 frames, each in a chunk of its own that is written by itself.
#![allow(clippy::print_stdout, missing_docs)]

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const FRAMES: usize = 32;
const JSON: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"tiny","choices":[{"index":0,"message":{"role":"assistant","content":"Hello, how can I help you?"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17}}"#;
const FRAME: &str = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}"#;
const USAGE: &str = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":32,"total_tokens":41}}"#;
const EVENTS: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // The end of a connection is no error.
        tokio::spawn(async move { serve(stream).await.unwrap_or_default() });
    }
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let length = JSON.len();
    let json = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{JSON}"
    );
    let frame = chunk(FRAME);
    let end = [chunk(USAGE), chunk("data: [DONE]"), "0\r\n\r\n".to_owned()].concat();
    let mut bytes = Vec::new();
    let mut part = vec![0; 64 * 1024];
    loop {
        let count = stream.read(&mut part).await?;
        if count == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&part[..count]);
        while let Some(end_of_request) = end_of_request(&bytes) {
            let request: Vec<_> = bytes.drain(..end_of_request).collect();
            if !contains(&request, b"\"stream\":true") {
                stream.write_all(json.as_bytes()).await?;
                continue;
            }
            stream.write_all(EVENTS.as_bytes()).await?;
            for _ in 0..FRAMES {
                stream.write_all(frame.as_bytes()).await?;
                tokio::task::yield_now().await;
            }
            stream.write_all(end.as_bytes()).await?;
        }
    }
}

fn chunk(event: &str) -> String {
    format!("{:x}\r\n{event}\n\n\r\n", event.len() + 2)
}

/// Returns the length of the first request, if all of it is there.
fn end_of_request(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().unwrap_or(0))
    });
    let end = head + length.unwrap_or(0);
    (bytes.len() >= end).then_some(end)
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
