//! `lexicon serve --resolve-external`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use super::folder::{lexicon, referring};
use super::world::World;

const OWN: &str = "com.example.own";
const A: &str = "com.example.notes.a";
const B: &str = "com.example.notes.b";

#[test]
fn checks_look_up_lexicons_of_others() {
    let world = World::new();
    world.publish(&[referring(A, &[B]), lexicon(B, 3)], &[]);
    let folder = world.folder();
    folder.put(&referring(OWN, &[A]));
    let check = |flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
        command.args(["serve", "--port", "0"]).args(flags);
        let command = command
            .envs(folder.variables())
            .current_dir(folder.path(""));
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        let mut printed = BufReader::new(process.stdout.take().unwrap());
        printed.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("http://")
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        let body = r#"{"r0":{"r0":{"note":"long"}}}"#;
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(stream, "POST /{OWN}/validate?resolveExternal=true HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        answer
    };
    let answer = check(&[]);
    assert!(answer.contains("is off"), "{answer}");
    assert_eq!(world.questions(), 0);
    let answer = check(&["--resolve-external"]);
    assert!(
        answer.contains("\"place\":\"value/r0/r0/note\""),
        "{answer}"
    );
}
