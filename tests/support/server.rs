//! The built program, as a server and as a command.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Answer, Call, ENCRYPTION_KEY, Place, key_method, method, wait_until};

/// The program, without the settings of the machine that runs the test.
pub fn program() -> Command {
    without_settings(Command::new(env!("CARGO_BIN_EXE_cocore-server")))
}

/// Another version of the program, in the same way.
pub fn program_at(path: &str) -> Command {
    without_settings(Command::new(path))
}

/// The program, in a process in which a shell has run some commands.
pub fn program_after(commands: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{commands}; exec \"$0\" \"$@\"")]);
    shell.arg(env!("CARGO_BIN_EXE_cocore-server"));
    without_settings(shell)
}

fn without_settings(mut command: Command) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COCORE_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let variables = variables.iter().copied();
    program().args(arguments).envs(variables).output().unwrap()
}

/// A running server on a free port, with a database of its own.
pub struct Server {
    child: Child,
    pub address: String,
    pub database_url: String,
    /// Everything that it has printed to standard output and standard error.
    printed: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    place: Option<Place>,
}

impl Server {
    /// A server with an empty database.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A server with an empty database, and settings.
    pub fn with(settings: &[&str]) -> Self {
        let place = Place::new();
        let mut server = Self::on_with(&place.url, settings);
        server.place = Some(place);
        server
    }

    /// A server with an empty SQLite file.
    pub fn on_sqlite() -> Self {
        let place = Place::sqlite();
        let mut server = Self::on(&place.url);
        server.place = Some(place);
        server
    }

    /// A server on an existing or a new database.
    pub fn on(database_url: &str) -> Self {
        Self::on_with(database_url, &[])
    }

    /// The same, with settings.
    pub fn on_with(database_url: &str, settings: &[&str]) -> Self {
        Self::spawn(program(), database_url, settings)
    }

    /// A server on a database whose disk the test controls.
    #[cfg(target_os = "linux")]
    pub fn on_disk(database_url: &str, disk: &super::disk::Disk) -> Self {
        let mut program = program();
        program.envs(disk.variables());
        Self::spawn(program, database_url, &[])
    }

    /// A server that runs as a given process.
    pub fn spawn(mut program: Command, database_url: &str, settings: &[&str]) -> Self {
        if database_url.starts_with("postgres:") {
            program.env("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY);
        }
        let mut child = program
            .env("COCORE_LISTEN", "127.0.0.1:0")
            .env("COCORE_LOG", "trace")
            // Tests of the limits set them.
            .env("COCORE_MAX_ACTIVE_KEYS", "0")
            .env("COCORE_MAX_KEYS", "0")
            .arg("serve")
            .args(settings)
            .args(["--database-url", database_url])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = Arc::new(Mutex::new(String::new()));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://");
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let address = address
            .unwrap_or_else(|| {
                let mut why = String::new();
                let _ = stderr.read_to_string(&mut why);
                panic!("no address in {line:?}: {why}")
            })
            .to_owned();
        let readers = vec![keep(stdout, &printed), keep(stderr, &printed)];
        Self {
            child,
            address,
            database_url: database_url.to_owned(),
            printed,
            readers,
            place: None,
        }
    }

    pub fn get(&self, path: &str) -> Call {
        Call::new(&self.address, "GET", path)
    }

    pub fn post(&self, path: &str, body: &Value) -> Call {
        Call::new(&self.address, "POST", path).json(body)
    }

    pub fn call(&self, verb: &str, path: &str) -> Call {
        Call::new(&self.address, verb, path)
    }

    /// Runs a command on this server's database.
    pub fn command(&self, arguments: &[&str]) -> Output {
        run(arguments, &[("COCORE_DATABASE_URL", &self.database_url)])
    }

    /// Creates a key as the operator. Returns its secret.
    pub fn first_key(&self, did: &str) -> String {
        let output = self.command(&["key", "create", "--did", did, "--name", "first"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Creates a key over HTTP. Returns the body of the response.
    pub fn create_key(&self, key: &str, input: &Value) -> Value {
        let answer = self.post(&method("createApiKey"), input).key(key).send();
        answer.expect(200)
    }

    /// Calls a procedure of `dev.cocore.apikey`.
    pub fn call_key_method(&self, name: &str, key: &str, input: &Value) -> Answer {
        self.post(&key_method(name), input).key(key).send()
    }

    /// The keys of the caller.
    pub fn list(&self, key: &str) -> Vec<Value> {
        let body = self.get(&method("listApiKeys")).key(key).send().expect(200);
        body["keys"].as_array().unwrap().clone()
    }

    /// Calls `revokeApiKey` or `deleteApiKey`.
    pub fn end(&self, how: &str, key: &str, id: &str) -> Answer {
        self.post(&method(how), &json!({ "id": id }))
            .key(key)
            .send()
    }

    /// The scope that a method needs.
    pub fn scope_of(&self, nsid: &str) -> String {
        let (_, port) = self.address.rsplit_once(':').unwrap();
        let service = match nsid.starts_with("dev.cocore.inference.") {
            true => "cocore_inference",
            false => "cocore_account",
        };
        format!("rpc:{nsid}?aud=did:web:localhost%253A{port}%23{service}")
    }

    /// Whether a key authenticates.
    pub fn accepts(&self, key: &str) -> bool {
        let answer = self.get("/auth/verify").key(key).send();
        assert!(matches!(answer.status, 200 | 401), "{answer:?}");
        answer.status == 200
    }

    /// Calls `createApiKey`, whose answer may be an error.
    pub fn try_create(&self, key: &str, name: &str) -> Answer {
        let call = self.post(&method("createApiKey"), &json!({ "name": name }));
        call.key(key).send()
    }

    /// Waits until a path is answered with this status. The readiness follows the database after a second.
    #[track_caller]
    pub fn await_status(&self, path: &str, status: u16) {
        wait_until(format!("{path} is not {status}"), || {
            self.get(path).send().status == status
        });
    }

    /// Waits until a part of `/readyz` is ready, or is not for this reason. Returns the whole answer.
    #[track_caller]
    pub fn await_readiness(&self, part: &str, reason: Option<&str>) -> Answer {
        let expected = match reason {
            None => json!({ "ok": true }),
            Some(reason) => json!({ "ok": false, "reason": reason }),
        };
        let mut answer = self.get("/readyz").send();
        wait_until(format!("{part} is not {expected}"), || {
            answer = self.get("/readyz").send();
            answer.value()[part] == expected
        });
        answer
    }

    /// Stops it in order, and returns everything that it has printed.
    pub fn stop(self) -> String {
        self.stop_within(Duration::from_secs(60))
    }

    /// The same, within a time.
    pub fn stop_within(mut self, timeout: Duration) -> String {
        assert!(self.signal("TERM"));
        let status = self.wait(timeout);
        assert!(status.is_some_and(|status| status.success()), "{status:?}");
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        self.printed.lock().unwrap().clone()
    }

    /// Waits until it has exited by itself. `None` if it still runs after this time.
    pub fn wait(&mut self, timeout: Duration) -> Option<ExitStatus> {
        wait(&mut self.child, timeout)
    }

    /// What it has printed so far.
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// A value of its process in KiB: `VmRSS`, or `VmHWM`, the most that `VmRSS` has been.
    #[cfg(target_os = "linux")]
    pub fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let mut values = status.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = values.find(|(found, _)| *found == name).unwrap();
        value.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// The number of its threads.
    pub fn threads(&self) -> usize {
        let tasks = format!("/proc/{}/task", self.child.id());
        std::fs::read_dir(tasks).unwrap().count()
    }

    pub fn signal(&self, name: &str) -> bool {
        let id = self.child.id().to_string();
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(id)
            .status();
        status.unwrap().success()
    }
}

/// Waits until a process has exited. `None` if it still runs after this time.
pub fn wait(child: &mut Child, timeout: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        match child.try_wait().unwrap() {
            None if started.elapsed() < timeout => thread::sleep(Duration::from_millis(10)),
            status => return status,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads everything, so that the server never blocks on a full pipe.
fn keep(mut from: impl Read + Send + 'static, to: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let to = Arc::clone(to);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            to.lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
    })
}
