//! A PostgreSQL cluster for tests, in a temporary directory, with its socket there.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use tempfile::TempDir;

/// A running cluster.
pub struct Cluster {
    dir: PathBuf,
    programs: PathBuf,
    /// Its port on 127.0.0.1, if it listens there.
    port: Option<u16>,
    /// It exits when its standard input is closed, that is with this process, and removes the directory.
    shell: Mutex<Option<Child>>,
}

/// Runs the server until the standard input is closed. Any text there keeps the directory.
const SHELL: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses="$3" -p "$4" -c max_connections=200 \
    >>"$2/log" 2>&1 &
stay=$(cat)
kill -INT $! 2>/dev/null; wait
[ -n "$stay" ] || rm -rf "$2"
"#;

impl Cluster {
    /// The cluster of this run, which no test disturbs.
    ///
    /// # Errors
    /// Why it cannot run.
    pub fn shared() -> Result<&'static Self, &'static str> {
        static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(|| Cluster::new(&["fsync=off", "full_page_writes=off"]));
        cluster.as_ref().map_err(|why| &why[..])
    }

    /// A new cluster with settings.
    pub fn new(settings: &[&str]) -> Result<Self, String> {
        let cluster = Self::prepare(settings, None)?;
        cluster.start();
        Ok(cluster)
    }

    /// A cluster that also listens on a port, for TLS with a password only. Its certificate, `server.crt`, is
    /// self-signed.
    pub fn with_tls() -> Result<Self, String> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        let cluster = Self::prepare(&["ssl=on"], Some(port))?;
        let data = cluster.dir.join("data");
        let mut openssl = Command::new("openssl");
        openssl
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
            .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
            .args([
                "-subj",
                "/CN=test",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            ])
            .arg("-keyout")
            .arg(data.join("server.key"))
            .arg("-out")
            .arg(data.join("server.crt"));
        let made = as_user(&mut openssl).output();
        let made = made.map_err(|error| format!("openssl: {error}"))?;
        assert!(made.status.success(), "{made:?}");
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(data.join("pg_hba.conf"), rules).unwrap();
        drop(free);
        cluster.start();
        Ok(cluster)
    }

    /// A hot standby of this cluster, which replays its log.
    pub fn standby(&self) -> Self {
        let standby = Self::empty(None).unwrap();
        let mut copy = Command::new(self.program("pg_basebackup"));
        copy.args(["-U", "cocore", "-R", "-c", "fast", "--no-sync"])
            .arg("-h")
            .arg(&self.dir)
            .args(["-p", &self.file_port().to_string()])
            .arg("-D")
            .arg(standby.dir.join("data"));
        let made = as_user(&mut copy).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        standby.start();
        standby
    }

    /// The URL of a database on the first of these clusters to which a client may connect.
    pub fn url_of_all(clusters: &[&Self], database: &str) -> String {
        let dirs = clusters.iter().map(|cluster| cluster.dir.display());
        let dirs: Vec<_> = dirs.map(|dir| dir.to_string()).collect();
        let dirs = dirs.join(",").replace('/', "%2F");
        format!("postgres://cocore@{dirs}/{database}")
    }

    /// A cluster without data.
    fn empty(port: Option<u16>) -> Result<Self, String> {
        let programs = programs().ok_or("there is no PostgreSQL here")?;
        user()?;
        let dir = TempDir::with_prefix("cocore-postgres-").unwrap().keep();
        chown_to_user(&dir);
        Ok(Self {
            dir,
            programs,
            port,
            shell: Mutex::new(None),
        })
    }

    fn prepare(settings: &[&str], port: Option<u16>) -> Result<Self, String> {
        let cluster = Self::empty(port)?;
        let mut init = Command::new(cluster.program("initdb"));
        init.args([
            "-A",
            "trust",
            "-U",
            "cocore",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ])
        .arg("-D")
        .arg(cluster.dir.join("data"));
        let made = as_user(&mut init).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let lines: String = settings.iter().map(|line| format!("{line}\n")).collect();
        let config = cluster.dir.join("data/postgresql.auto.conf");
        fs::OpenOptions::new()
            .append(true)
            .open(config)
            .unwrap()
            .write_all(lines.as_bytes())
            .unwrap();
        Ok(cluster)
    }

    /// Starts it, and waits until it responds.
    pub fn start(&self) {
        let begun = Instant::now();
        while !self.attempt() {
            // A killed process that still exits may prevent the start.
            self.end(true);
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", self.log());
        }
    }

    /// Tries to start it.
    fn attempt(&self) -> bool {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SHELL, "sh"])
            .args([&self.programs, &self.dir])
            .arg(self.port.map_or("", |_| "127.0.0.1"))
            .arg(self.file_port().to_string())
            .stdin(Stdio::piped());
        let shell = as_user(&mut shell).spawn().unwrap();
        *self.shell.lock().unwrap() = Some(shell);
        let begun = Instant::now();
        while !self.sql("postgres", "SELECT 1") {
            let is_gone = !self.dir.join("data/postmaster.pid").exists();
            if begun.elapsed() > Duration::from_secs(if is_gone { 1 } else { 60 }) {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Kills all of its processes at once, as a loss of power does, and waits until they have exited.
    pub fn kill(&self) {
        let pid = self.pid();
        // Children first: none of them may go on alone.
        for signal in ["-STOP", "-KILL"] {
            let children = Command::new("pkill").args([signal, "-P", &pid]).status();
            children.unwrap();
            self.signal(signal.trim_start_matches('-'));
        }
        self.end(true);
        let _ = fs::remove_file(self.dir.join("data/postmaster.pid"));
    }

    /// Stops it in order, and starts it again after a pause.
    pub fn restart(&self, away: Duration) {
        self.end(true);
        thread::sleep(away);
        self.start();
    }

    /// Sends a signal to its first process.
    pub fn signal(&self, name: &str) {
        let pid = self.pid();
        Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status()
            .unwrap();
    }

    fn pid(&self) -> String {
        let file = fs::read_to_string(self.dir.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().to_owned()
    }

    fn end(&self, stays: bool) {
        let Some(mut shell) = self.shell.lock().unwrap().take() else {
            return;
        };
        if stays {
            let _ = shell.stdin.take().unwrap().write_all(b"stay");
        }
        drop(shell.stdin.take());
        let _ = shell.wait();
    }

    /// The URL of a new, empty database.
    pub fn database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        assert!(
            self.sql("postgres", &format!("CREATE DATABASE {name}")),
            "{}",
            self.log()
        );
        self.url(&name)
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        Self::url_of_all(&[self], database)
    }

    /// The path of a program of PostgreSQL.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// The path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.join(format!(".s.PGSQL.{}", self.file_port()))
    }

    fn file_port(&self) -> u16 {
        self.port.unwrap_or(5432)
    }

    /// The URL of a database over TLS.
    pub fn tls_url(&self, database: &str, password: &str) -> String {
        let (port, certificate) = (self.file_port(), self.dir.join("data/server.crt"));
        let certificate = certificate.display().to_string().replace('/', "%2F");
        format!(
            "postgres://cocore:{password}@127.0.0.1:{port}/{database}?sslmode=verify-full&sslrootcert={certificate}"
        )
    }

    /// Runs a statement. Returns whether it succeeded.
    pub fn sql(&self, database: &str, statement: &str) -> bool {
        let ran = self.psql(database, statement);
        ran.status.success()
    }

    /// Runs a query. Returns its result as text.
    pub fn query(&self, database: &str, query: &str) -> String {
        let ran = self.psql(database, query);
        assert!(ran.status.success(), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    }

    fn psql(&self, database: &str, statement: &str) -> std::process::Output {
        Command::new(self.program("psql"))
            .args([
                "-X", "-A", "-t", "-q", "-U", "cocore", "-d", database, "-c", statement,
            ])
            .arg("-h")
            .arg(&self.dir)
            .args(["-p", &self.file_port().to_string()])
            .output()
            .unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end(false);
    }
}

/// The name of the database in a URL.
pub fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap().split('?').next().unwrap()
}

/// The directory of `postgres`, `initdb` and `psql`: on the path, or where Debian installs them.
fn programs() -> Option<PathBuf> {
    let has_all = |dir: &Path| {
        ["postgres", "initdb", "psql"]
            .iter()
            .all(|name| dir.join(name).is_file())
    };
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let path: Vec<_> = env::split_paths(&path).collect();
    path.into_iter().chain(debian).find(|dir| has_all(dir))
}

/// The user that runs PostgreSQL, which does not run as root.
fn user() -> Result<Option<(u32, u32)>, String> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = users.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    let missing = || "PostgreSQL does not run as root, and there is no user `postgres`".to_owned();
    user.map(Some).ok_or_else(missing)
}

/// Gives a directory to the user that runs PostgreSQL.
pub fn chown_to_user(dir: &Path) {
    if let Ok(Some((uid, gid))) = user() {
        chown(dir, Some(uid), Some(gid)).unwrap();
    }
}

/// Runs a command as the user that runs PostgreSQL.
pub fn as_user(command: &mut Command) -> &mut Command {
    match user() {
        Ok(Some((uid, gid))) => command.uid(uid).gid(gid).current_dir("/"),
        _ => command,
    }
}
