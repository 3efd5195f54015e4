//! All pages of whole directories of lexicons, as `lexicon serve` shows them: those of this project, or the one that the
//! variable `LEXICON_TEST_DIRECTORY` names.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../../../tests/support/network.rs"]
#[allow(unreachable_pub, dead_code)]
mod network;
#[path = "../../../tests/support/skip.rs"]
#[allow(unreachable_pub, dead_code)]
mod skip;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Names a directory.
const VARIABLE: &str = "LEXICON_TEST_DIRECTORY";
/// Directories of this project. The last one has every construct of the language.
const OWN: [&str; 3] = [
    "lexicons",
    "examples/forecast/lexicons",
    "crates/lexicon-codegen/tests/torture",
];

fn directories() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match std::env::var_os(VARIABLE) {
        Some(directory) => vec![directory.into()],
        None => OWN.iter().map(|own| root.join(own)).collect(),
    }
}

/// A running server.
struct Pages {
    process: Child,
    address: String,
}

impl Pages {
    fn start(directory: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
        command.args(["serve", "--port", "0"]).arg(directory);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut printed = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut printed).unwrap();
        let address = printed.strip_prefix("http://").unwrap();
        let address = address.split('/').next().unwrap().to_owned();
        Self { process, address }
    }

    /// The status and the body of an answer.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let address = &self.address;
        let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap();
        (status.parse().unwrap(), body.to_owned())
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn every_page_of_every_document_is_there() {
    for directory in directories() {
        let pages = Pages::start(&directory);
        for path in ["/", "/?q=e", "/openapi.json"] {
            assert_eq!(pages.get(path).0, 200, "{path}");
        }
        let (_, list) = pages.get("/llms.txt");
        let links = list
            .split(".txt)")
            .filter_map(|part| part.rsplit_once("](/"));
        let documents: Vec<_> = links.map(|(_, nsid)| nsid).collect();
        assert!(!documents.is_empty(), "{list}");
        for nsid in &documents {
            let page = |end: &str| pages.get(&format!("/{nsid}{end}"));
            for end in ["", "/json", "/validate", "/metadata", ".json", ".txt"] {
                assert_eq!(page(end).0, 200, "{nsid}{end}");
            }
            let (_, shown) = page("");
            let form = format!("href=\"/{nsid}/try\"");
            let expected = if shown.contains(&form) { 200 } else { 404 };
            assert_eq!(page("/try").0, expected, "{nsid}/try");
            // What a page of the site refers to is there.
            let links = shown.split("href=\"/").skip(1);
            let links = links.filter_map(|link| link.split(['"', '#']).next());
            let links = links.filter(|link| !link.contains('/') && !link.contains('?'));
            for link in links.filter(|link| !link.is_empty()) {
                let known = documents.contains(&link) || link.ends_with(".json");
                assert!(
                    known || pages.get(&format!("/{link}")).0 == 200,
                    "{nsid}: {link}"
                );
            }
        }
    }
}

#[test]
fn each_kind_of_document_looks_right_in_a_browser() {
    if let Err(missing) = network::prerequisites(&["chromium"]) {
        return skip::skip(&missing).unwrap_or_default();
    }
    let directory = directories().pop().unwrap();
    let pages = Pages::start(&directory);
    let mut command = Command::new("node");
    command
        .arg(network::dir().join("site-directory.mjs"))
        .arg(format!("http://{}/", pages.address));
    command.args(std::env::var_os("SCREENSHOTS"));
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{errors}");
    assert!(printed.lines().count() >= 12, "{printed}");
}
