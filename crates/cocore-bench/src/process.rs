//! Servers under measurement.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::client::Call;
use crate::failure::Result;

/// The encryption key of a server on PostgreSQL, which has no file for one.
const SEALING_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// How the names of the threads begin that ask an SQLite database.
const DATABASE_THREADS: [&str; 2] = ["reader", "writer"];

pub(crate) struct Process {
    child: Child,
    /// Whether it has child processes, which it ends when it is asked to end.
    has_children: bool,
    pub(crate) address: String,
}

/// A program that was built with this one.
pub(crate) fn target(name: &str) -> Result<Command> {
    Ok(Command::new(env::current_exe()?.with_file_name(name)))
}

/// An address for a program that cannot choose one: it is free again when the program binds it.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Process {
    /// The real server on a database.
    pub(crate) fn server(url: &str) -> Result<Self> {
        Self::server_with(url, &[])
    }

    /// The same, with variables.
    pub(crate) fn server_with(url: &str, variables: &[(&str, PathBuf)]) -> Result<Self> {
        let mut command = Self::server_command(url)?;
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        Self::start(&mut command)
    }

    /// The command that starts a server as in production, but for the log, since the disk of the machine is not what is
    /// measured, and for the number of keys of an account.
    pub(crate) fn server_command(url: &str) -> Result<Command> {
        let mut command = target("cocore-server")?;
        command.envs([
            ("COCORE_ENCRYPTION_KEY", SEALING_KEY),
            ("COCORE_LOG", "warn"),
            ("COCORE_MAX_ACTIVE_KEYS", "0"),
            ("COCORE_MAX_KEYS", "0"),
        ]);
        command.args(["--listen", "127.0.0.1:0", "--database-url", url]);
        Ok(command)
    }

    /// A new key of an account, created by the command line.
    pub(crate) fn first_key(url: &str) -> Result<String> {
        let mut command = target("cocore-server")?;
        command.args(["key", "create", "--did", "did:web:bench.example"]);
        command.args(["--name", "first", "--database-url", url]);
        let output = command.output()?;
        if !output.status.success() {
            return Err(format!("{command:?}: {output:?}").into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Starts a server and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut process = Self {
            child,
            has_children: false,
            address: String::new(),
        };
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.ok_or_else(|| format!("{command:?} printed {line:?}"))?;
        address.clone_into(&mut process.address);
        Ok(process)
    }

    /// Starts another program, and waits until it listens at an address.
    pub(crate) fn start_at(command: &mut Command, address: &str, limit: Duration) -> Result<Self> {
        let mut process = Self {
            child: command.spawn()?,
            has_children: true,
            address: address.to_owned(),
        };
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if TcpStream::connect(address).is_ok() {
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("{command:?}: {status}").into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(format!("{command:?} does not listen at {address}").into())
    }

    /// Resident memory in bytes, that of its child processes included.
    pub(crate) fn memory(&self) -> Result<f64> {
        family(self.child.id())?.into_iter().map(memory).sum()
    }

    /// The processor time that it and its child processes have taken.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let mut all = Duration::ZERO;
        for id in family(self.child.id())? {
            all += threads(id)?
                .iter()
                .map(|thread| thread.cpu)
                .sum::<Duration>();
        }
        Ok(all)
    }

    /// The processor time of the threads that ask an SQLite database.
    pub(crate) fn cpu_of_the_database(&self) -> Result<Duration> {
        let threads = threads(self.child.id())?;
        let mut cpu = Duration::ZERO;
        for name in DATABASE_THREADS {
            let own = || {
                threads
                    .iter()
                    .filter(|thread| thread.name.starts_with(name))
            };
            if own().next().is_none() {
                return Err(format!("the server has no thread `{name}`").into());
            }
            cpu += own().map(|thread| thread.cpu).sum::<Duration>();
        }
        Ok(cpu)
    }

    /// The headers and the body of an answer, for the raw server to repeat.
    pub(crate) fn answer(&self, path: &str, key: &str) -> Result<(String, String)> {
        let call = Call::new(&self.address, "GET", path).key(key);
        let answer = call.try_send()?;
        if answer.status != 200 {
            return Err(format!("{path}: {answer:?}").into());
        }
        let own = ["content-length", "date", "connection"];
        let headers = answer.headers.iter();
        let headers = headers.filter(|(name, _)| !own.contains(&&name[..]));
        let headers: Vec<_> = headers
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        Ok((headers.join("\n"), String::from_utf8(answer.body)?))
    }
}

/// A process, its child processes, and theirs.
fn family(id: u32) -> Result<Vec<u32>> {
    let mut family = vec![id];
    let mut next = 0;
    while let Some(id) = family.get(next) {
        for task in fs::read_dir(format!("/proc/{id}/task"))? {
            let children = fs::read_to_string(task?.path().join("children"))?;
            for child in children.split_whitespace() {
                family.push(child.parse()?);
            }
        }
        next += 1;
    }
    Ok(family)
}

/// The resident memory of a process in bytes.
fn memory(id: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let mut lines = status.lines();
    let resident = lines.find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = resident.and_then(|text| text.split_whitespace().next());
    let kibibytes: f64 = kibibytes.ok_or("no resident memory")?.parse()?;
    Ok(kibibytes * 1024.0)
}

fn threads(id: u32) -> Result<Vec<Thread>> {
    let directory = fs::read_dir(format!("/proc/{id}/task"))?;
    directory.map(|task| Thread::read(&task?.path())).collect()
}

/// A thread of a process.
struct Thread {
    name: String,
    /// The processor time that it has taken.
    cpu: Duration,
}

impl Thread {
    fn read(directory: &Path) -> Result<Self> {
        let statistics = fs::read_to_string(directory.join("schedstat"))?;
        let nanos = statistics.split_whitespace().next();
        let nanos = nanos.ok_or("no statistics of a thread")?.parse()?;
        let name = fs::read_to_string(directory.join("comm"))?;
        let cpu = Duration::from_nanos(nanos);
        Ok(Self { name, cpu })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.has_children {
            let id = self.child.id().to_string();
            let _ = Command::new("kill").arg(id).status();
        } else {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
