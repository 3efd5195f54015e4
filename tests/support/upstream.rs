//! An upstream of inference, in a thread of its own.

#[path = "../../crates/cocore-gateway/tests/support/upstream.rs"]
#[allow(unreachable_pub)]
mod scripted;

use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Place, Server};

/// The longest time that a test waits for what has to happen.
const LONG: Duration = Duration::from_secs(20);

pub(crate) use scripted::{EVENTS, LAST, Step, chunk, json, send, stream};

/// A running upstream.
pub(crate) struct Upstream {
    pub(crate) url: String,
    requests: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
    closed: mpsc::Receiver<()>,
    began: mpsc::Receiver<()>,
}

impl Upstream {
    /// Each request gets the next script; the last one is for all that follow.
    pub(crate) fn start(scripts: &[Vec<Step>]) -> Self {
        let scripts = scripts.to_vec();
        let (tell, told) = mpsc::channel();
        let (tell_closed, closed) = mpsc::channel();
        let (tell_began, began) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut upstream = scripted::Upstream::start(&scripts).await;
                let started = (upstream.url.clone(), upstream.requests.clone());
                tell.send(started).unwrap();
                loop {
                    let _ = tokio::select! {
                        _ = upstream.closed.recv() => tell_closed.send(()),
                        _ = upstream.began.recv() => tell_began.send(()),
                    };
                }
            });
        });
        let (url, requests) = told.recv().unwrap();
        Self {
            url,
            requests,
            closed,
            began,
        }
    }

    /// The requests that came, whole.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until the next request is there.
    pub(crate) fn await_request(&self) {
        self.began.recv_timeout(LONG).unwrap();
    }

    /// Waits until a connection is closed while the upstream waits.
    pub(crate) fn await_close(&self) {
        self.closed.recv_timeout(LONG).unwrap();
    }
}

/// A server with an upstream.
pub(crate) struct Inference {
    pub(crate) server: Server,
    pub(crate) upstream: Upstream,
    file: std::path::PathBuf,
    pub(crate) place: Place,
}

impl Inference {
    pub(crate) fn start(scripts: &[Vec<Step>]) -> Self {
        Self::with(scripts, &[])
    }

    /// The same, with settings of the server.
    pub(crate) fn with(scripts: &[Vec<Step>], settings: &[&str]) -> Self {
        Self::at(Place::new(), scripts, settings)
    }

    /// The same, with a database that exists.
    pub(crate) fn at(place: Place, scripts: &[Vec<Step>], settings: &[&str]) -> Self {
        let upstream = Upstream::start(scripts);
        let file = place.dir.path().join("upstreams.toml");
        write(&file, &upstream.url, "tiny");
        let mut all = vec!["--upstreams", file.to_str().unwrap()];
        all.extend(settings);
        let mut program = super::program();
        program.env("LOCAL_KEY", UPSTREAM_KEY);
        let server = Server::spawn(program, &place.url, &all);
        Self {
            server,
            upstream,
            file,
            place,
        }
    }

    /// A further server on the same database, with the same upstream.
    pub(crate) fn another(&self) -> Server {
        let mut program = super::program();
        program.env("LOCAL_KEY", UPSTREAM_KEY);
        let settings = ["--upstreams", self.file.to_str().unwrap()];
        Server::spawn(program, &self.place.url, &settings)
    }

    /// Gives the upstream a model of another name.
    pub(crate) fn rename_model(&self, name: &str) {
        write(&self.file, &self.upstream.url, name);
    }

    /// Writes something else into the file of upstreams.
    pub(crate) fn write_file(&self, text: &str) {
        fs::write(&self.file, text).unwrap();
    }
}

/// The key of the upstream.
pub(crate) const UPSTREAM_KEY: &str = "key-of-the-upstream";

fn write(file: &std::path::Path, url: &str, model: &str) {
    let text = format!(
        "[[upstream]]\nname = \"local\"\nurl = \"{url}\"\nkey-env = \"LOCAL_KEY\"\nmodels = [\"{model}\"]\n"
    );
    fs::write(file, text).unwrap();
}
