//! Clients that open more connections than the server has descriptors.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cocore_server::connections::descriptors::raise_limit;

use crate::support::skip::or_skip;
use crate::support::{ALICE, Call, Connection, Place, Server, method, program_after};

/// The descriptors of the server, whose soft limit is lower at first.
const DESCRIPTORS: usize = 512;
/// More than it can have.
const CONNECTIONS: usize = 600;
const GET: &[u8] = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";

fn server(place: &Place) -> Server {
    let limits = format!("ulimit -S -n 64; ulimit -H -n {DESCRIPTORS}");
    Server::spawn(program_after(&limits), &place.url, &[])
}

/// Opens a connection and sends a request on it. `None` if the server has closed it by now.
fn open(server: &Server) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(&server.address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    stream.write_all(GET).ok()?;
    stream.read_exact(&mut [0; 12]).ok()?;
    Some(stream)
}

/// A client without a credential that opens all connections that it can, and keeps them.
fn attack(server: &Server, has_all: &AtomicBool, ends: &AtomicBool) {
    let mut open: Vec<_> = (0..CONNECTIONS).filter_map(|_| open(server)).collect();
    has_all.store(true, Ordering::Relaxed);
    while !ends.load(Ordering::Relaxed) {
        open.retain_mut(|stream| stream.write_all(b"\r\n").is_ok());
        while open.len() < CONNECTIONS {
            open.extend(self::open(server));
        }
    }
}

/// Row 39 of the list of attacks.
#[test]
fn no_client_locks_the_others_out() {
    let place = Place::sqlite();
    let server = server(&place);
    let key = server.first_key(ALICE);
    let verify = Call::new(&server.address, "GET", "/auth/verify").key(&key);
    let mut kept = Connection::default();
    assert_eq!(kept.send(&verify).unwrap().status, 200);
    let [has_all, ends] = [const { AtomicBool::new(false) }; 2];
    thread::scope(|scope| {
        scope.spawn(|| attack(&server, &has_all, &ends));
        // Nothing in here panics before the attack has ended.
        let mut answers = Vec::new();
        while !has_all.load(Ordering::Relaxed) {
            answers.push(verify.clone().try_send());
        }
        let listed = server.command(&["key", "list", "--did", ALICE]);
        let last = kept.send(&verify);
        answers.extend((0..100).map(|_| verify.clone().try_send()));
        ends.store(true, Ordering::Relaxed);
        for answer in answers {
            assert_eq!(answer.unwrap().status, 200);
        }
        assert!(listed.status.success(), "{listed:?}");
        assert_eq!(last.unwrap().status, 200);
    });
    let printed = server.stop();
    assert!(!printed.contains("Too many open files"), "{printed}");
    assert!(printed.contains("many connections are open"));
}

/// How many connections are opened: `few`, unless `COCORE_IDLE_CONNECTIONS` sets another number.
fn idle_connections(few: usize) -> usize {
    match std::env::var("COCORE_IDLE_CONNECTIONS") {
        Ok(number) => number.parse().unwrap(),
        Err(_) => few,
    }
}

/// Row 13 of the list of attacks: connections that send nothing, or a part of a head.
#[cfg(target_os = "linux")]
#[test]
fn idle_connections_are_closed_and_delay_no_other() {
    let number = idle_connections(1000);
    let Some(()) = or_skip(allow_descriptors(number + 1000)) else {
        return;
    };
    let server = Server::start();
    let key = server.first_key(ALICE);
    let verify = Call::new(&server.address, "GET", "/auth/verify").key(&key);
    let before = server.memory("VmRSS");
    let is_open = AtomicBool::new(false);
    let idle = thread::scope(|scope| {
        let opened = scope.spawn(|| {
            let connect = |index: usize| {
                let mut stream = TcpStream::connect(&server.address).unwrap();
                let part = [&b""[..], b"\r\n", b"GET /", &GET[..GET.len() - 2]];
                let _ = stream.write_all(part[index % part.len()]);
                stream
            };
            let all: Vec<_> = (0..number).map(connect).collect();
            is_open.store(true, Ordering::Relaxed);
            all
        });
        while !is_open.load(Ordering::Relaxed) {
            assert_eq!(verify.clone().send().status, 200);
        }
        opened.join().unwrap()
    });
    let grown = server.memory("VmRSS").saturating_sub(before);
    assert!(grown < 32 * number as u64, "{grown} KiB");
    let begun = Instant::now();
    for mut stream in idle {
        // Each has a deadline, whichever it passes first.
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Ok(_) => assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408 ")),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(verify.send().status, 200);
}

/// Lets this process open so many files.
#[cfg(target_os = "linux")]
fn allow_descriptors(number: usize) -> Result<(), &'static str> {
    let is_enough = raise_limit() >= number;
    is_enough
        .then_some(())
        .ok_or("this process may not open as many connections as the test needs")
}

/// Sends a request, and never reads the answer, for which the client has little room.
#[cfg(target_os = "linux")]
async fn ask_and_never_read(address: &str, request: &str) -> tokio::net::TcpStream {
    use tokio::io::AsyncWriteExt;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Row 42 of the list of attacks. The lists are smaller than there, and so is what they may take.
#[cfg(target_os = "linux")]
#[test]
fn lists_that_are_never_read_take_little_memory() {
    const READERS: usize = 150;
    let server = Server::start();
    let key = server.first_key(ALICE);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let name = serde_json::json!({ "name": "n".repeat(100) });
                let call = server.post(&method("createApiKey"), &name).key(&key);
                let mut connection = Connection::default();
                for _ in 0..500 {
                    assert_eq!(connection.send(&call).unwrap().status, 200);
                }
            });
        }
    });
    let size = server
        .get(&method("listApiKeys"))
        .key(&key)
        .send()
        .body
        .len() as u64
        / 1024;
    assert!(size > 512, "{size} KiB");
    let before = server.memory("VmRSS");
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n",
        method("listApiKeys")
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let reader = runtime.block_on(ask_and_never_read(&server.address, &request));
        readers.push(reader.into_std().unwrap());
    }
    let (started, mut most) = (Instant::now(), 0);
    // What has arrived of an answer is looked at, and left where it is.
    let is_refused = |reader: &TcpStream| {
        let mut start = [0; 12];
        matches!(reader.peek(&mut start), Ok(12)) && start == *b"HTTP/1.1 429"
    };
    let refused = || readers.iter().filter(|reader| is_refused(reader)).count();
    while refused() < READERS - 10 {
        assert!(started.elapsed() < Duration::from_secs(60), "{}", refused());
        assert!(server.accepts(&key));
        most = most.max(server.memory("VmRSS"));
    }
    let grown = most.saturating_sub(before);
    assert!(
        grown < size * READERS as u64 / 2,
        "{before} + {grown} KiB, each list has {size} KiB"
    );
}
