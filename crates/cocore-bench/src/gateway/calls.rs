//! Calls by hand.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::failure::Result;

pub(crate) const JSON: &str =
    r#"{"model":"tiny","messages":[{"role":"user","content":"Hello"}],"max_tokens":32}"#;
pub(crate) const STREAM: &str = r#"{"model":"tiny","messages":[{"role":"user","content":"Hello"}],"max_tokens":32,"stream":true}"#;

/// The time from a call to its first event, on a connection of its own.
pub(crate) fn first_event(address: &str, key: &str) -> Result<Duration> {
    let mut stream = connect(address)?;
    let begun = Instant::now();
    write(&mut stream, key, STREAM)?;
    read_until(&mut stream, "data: ")?;
    Ok(begun.elapsed())
}

/// Opens a call of the silent upstream, and waits for its first event if there is one.
pub(crate) fn open_stream(
    address: &str,
    key: &str,
    is_stream: bool,
    begins: bool,
) -> Result<TcpStream> {
    let mut stream = connect(address)?;
    let body = if is_stream { STREAM } else { JSON };
    write(&mut stream, key, &body.replace("tiny", "silent"))?;
    if begins {
        read_until(&mut stream, "data: ")?;
    }
    Ok(stream)
}

fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(stream)
}

fn write(stream: &mut TcpStream, key: &str, body: &str) -> Result<()> {
    let length = body.len();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    Ok(stream.write_all(request.as_bytes())?)
}

fn read_until(stream: &mut TcpStream, mark: &str) -> Result<()> {
    let (mut text, mut part) = (String::new(), [0; 4096]);
    while !text.contains(mark) {
        match stream.read(&mut part)? {
            0 => return Err(format!("the answer ends: {text}").into()),
            count => text.push_str(&String::from_utf8_lossy(&part[..count])),
        }
    }
    Ok(())
}
