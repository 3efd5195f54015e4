//! A DNS server on this machine that answers with TXT records.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{RData, Record};

/// The longest answer over UDP, in bytes.
const MAX_DATAGRAM: usize = 512;

/// A running server, until the process ends.
#[derive(Clone)]
pub struct DnsServer {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The TXT records of each name, each of several strings.
    records: HashMap<String, Vec<Vec<String>>>,
    queries: usize,
    fails: bool,
}

impl DnsServer {
    pub fn start() -> Self {
        // A port that is free for both protocols.
        let (listener, socket) = loop {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()) {
                break (listener, socket);
            }
        };
        let server = Self {
            address: socket.local_addr().unwrap(),
            state: Arc::default(),
        };
        let state = server.state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer_stream(stream, &state);
            }
        });
        let state = server.state.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, client)) = socket.recv_from(&mut buffer) {
                let query = Message::from_vec(&buffer[..length]).unwrap();
                let mut answer = state.lock().unwrap().answer(query);
                if answer.to_vec().unwrap().len() > MAX_DATAGRAM {
                    answer = answer.truncate();
                }
                let _ = socket.send_to(&answer.to_vec().unwrap(), client);
            }
        });
        server
    }

    /// Sets the TXT records of a name, each of one string.
    pub fn put(&self, name: &str, texts: &[&str]) {
        let records: Vec<_> = texts.iter().map(|text| vec![(*text).to_owned()]).collect();
        self.put_strings(name, records);
    }

    /// Sets the TXT records of a name, each of several strings.
    pub fn put_strings(&self, name: &str, records: Vec<Vec<String>>) {
        let mut state = self.state.lock().unwrap();
        state.records.insert(format!("{name}."), records);
    }

    /// Lets every query fail from now on: the server cannot answer.
    pub fn fail(&self) {
        self.state.lock().unwrap().fails = true;
    }

    /// The number of queries so far.
    pub fn queries(&self) -> usize {
        self.state.lock().unwrap().queries
    }
}

/// Answers the queries of a connection, each with its length before it.
fn answer_stream(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut query)?;
        let query = Message::from_vec(&query).unwrap();
        let answer = state.lock().unwrap().answer(query).to_vec().unwrap();
        let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length[..], &answer].concat())?;
    }
}

impl State {
    fn answer(&mut self, query: Message) -> Message {
        self.queries += 1;
        let name = query.queries[0].name().clone();
        let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
        answer.add_queries(query.queries.iter().cloned());
        if self.fails {
            answer.metadata.response_code = ResponseCode::ServFail;
            return answer;
        }
        match self.records.get(&name.to_string().to_ascii_lowercase()) {
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(records) => {
                for strings in records {
                    let txt = RData::TXT(TXT::new(strings.clone()));
                    answer.add_answer(Record::from_rdata(name.clone(), 60, txt));
                }
            }
        }
        answer
    }
}
