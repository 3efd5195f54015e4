//! A service of systemd with metrics, a check by `doctor`, backups and their restores: `docs/systemd.md`,
//! `docs/metrics.md`, `docs/doctor.md` and `docs/backup.md`, word by word. The directories of the machine that they write
//! to are covered by empty ones, which nobody else sees.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use super::cluster::{Cluster, is_root};
use super::document::{Document, Step};
use super::scratch::scratch;
use super::script::Script;
use crate::failure::Failure;
use crate::process::install_python_packages;

const NAME: &str = "the pages of operators";
/// The port of the metrics in `deploy/config.toml`.
const PORT: u16 = 9464;

/// Lets the script change directories of the machine for itself alone.
const COVER: &str = r#"
mount -t tmpfs tmpfs "$ROOM"
# In a container, these are mounts of their own, which the cover of /etc would hide.
cp /etc/hosts /etc/resolv.conf "$ROOM"
for dir in etc var usr/local run; do
  mkdir -p "$ROOM/upper/$dir" "$ROOM/work/$dir" "/$dir"
  mount -t overlay -o "lowerdir=/$dir,upperdir=$ROOM/upper/$dir,workdir=$ROOM/work/$dir" overlay "/$dir"
done
cp "$ROOM/hosts" "$ROOM/resolv.conf" /etc
mkdir -p /var/backups /etc/nginx/conf.d /etc/prometheus
trap 'systemctl stop cocore-server || true' EXIT
"#;

/// What stands in for `systemctl` where no systemd runs.
const SYSTEMCTL: &str = r##"#!/usr/bin/env bash
# As systemd would, as far as its unit can be followed without it: variables, directories, the credential.
set -euo pipefail
unit=/etc/systemd/system/cocore-server.service
start() {
  install -d -m 0700 /var/lib/cocore-server
  install -d -m 0755 /run/cocore-server /run/credentials/cocore-server.service
  install -m 0400 /etc/cocore-server/encryption.key /run/credentials/cocore-server.service/encryption-key
  cd /var/lib/cocore-server
  export CREDENTIALS_DIRECTORY=/run/credentials/cocore-server.service
  while read -r variable; do
    export "${variable//%d/$CREDENTIALS_DIRECTORY}"
  done < <(sed -n 's/^Environment=//p' "$unit")
  # shellcheck disable=SC2046
  (umask 077 && exec $(sed -n 's/^ExecStart=//p' "$unit") < /dev/null &> /var/log/cocore-server.log) &
  echo $! > /run/cocore-server.pid
  until curl -fsS --unix-socket /run/cocore-server/http.sock http://localhost/livez &> /dev/null; do
    kill -0 "$(cat /run/cocore-server.pid)" || { cat /var/log/cocore-server.log >&2; exit 1; }
    sleep 0.2
  done
}
stop() {
  [[ -e /run/cocore-server.pid ]] || return 0
  pid=$(cat /run/cocore-server.pid)
  rm /run/cocore-server.pid
  kill "$pid"
  while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
}
case "$*" in
  daemon-reload) systemd-analyze verify "$unit" ;;
  "enable --now cocore-server") /usr/bin/systemctl --root=/ enable cocore-server && start ;;
  "start cocore-server") start ;;
  "stop cocore-server") stop ;;
  "restart cocore-server") stop && start ;;
  *) echo "unknown: systemctl $*" >&2 && exit 1 ;;
esac
"##;

/// A change, and the wait until Litestream has it: what it restores is of no use to the server meanwhile.
const CHANGE: &str = r"
cocore-server key create --did did:web:example.com --name copied
has_copied() {
  rm -f /var/backups/copy.sqlite
  litestream restore -config /etc/litestream.yml -o /var/backups/copy.sqlite /var/lib/cocore-server/keys.sqlite &&
    cocore-server key list --all --database-url sqlite:/var/backups/copy.sqlite | grep copied
}
for _ in {1..50}; do ! has_copied || break; sleep 0.2; done
";

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    if TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).is_ok() {
        return Err(format!("a server listens on port {PORT}: stop it first"));
    }
    let dir = scratch(root, "operators")?;
    for name in ["bin", "room", "work", "built"] {
        fs::create_dir(dir.join(name)).map_err(|error| error.to_string())?;
    }
    let litestream = root.join("target/ci-litestream");
    install_python_packages(&litestream, &root.join("tests/litestream/requirements.txt"))?;
    let systemctl = dir.join("bin/systemctl");
    write_program(&systemctl, SYSTEMCTL)?;

    let mut script = Script::new(NAME, dir.join("room-of-outputs"));
    fs::create_dir(dir.join("room-of-outputs")).map_err(|error| error.to_string())?;
    let service = Document::read(root, "docs/systemd.md")?;
    for step in service.steps()? {
        match step {
            // It fails where the host of the example is not reached.
            Step::Commands(block) if block.contains("doctor") => {
                script.commands(&block.replacen('\n', " || [ $? -eq 1 ]\n", 1));
            }
            step => add(&mut script, vec![step])?,
        }
    }
    script.commands("export COCORE_CONFIG=/etc/cocore-server/config.toml\n");

    let metrics = Document::read(root, "docs/metrics.md")?;
    let (traces, others): (Vec<_>, Vec<_>) = metrics
        .steps()?
        .into_iter()
        .partition(|step| matches!(step, Step::Commands(text) if text.contains("OTEL_")));
    add(&mut script, others)?;
    // It fails where the host of the example is not reached.
    for block in Document::read(root, "docs/doctor.md")?.all_blocks() {
        script.commands(&block.replacen('\n', " || [ $? -eq 1 ]\n", 1));
    }
    let backup = Document::read(root, "docs/backup.md")?;
    for section in ["Back up", "Restore"] {
        for block in backup.blocks(section)? {
            script.commands(&block);
        }
    }
    for step in backup.steps_in("Litestream")? {
        // The copy has what was changed after it began.
        if matches!(step, Step::Commands(text) if text.contains("litestream restore")) {
            script.commands(CHANGE);
        }
        add(&mut script, vec![step])?;
    }
    script.commands("cocore-server key list --all\n#=> \"copied\"\n");
    script.commands("cocore-server key list --all\n#=> did:web:example.com\n");
    script.commands("systemctl stop cocore-server\nunset COCORE_CONFIG\n");

    let cluster = Cluster::start()?;
    script.commands(
        "export COCORE_DATABASE_URL=\"postgres:///$PGDATABASE?host=$PGHOST&port=$PGPORT&user=$PGUSER\"\n\
         createdb \"$PGDATABASE\"\n\
         cocore-server key create --did did:web:example.com --name first\n\
         cd \"$WORK\"\n",
    );
    for block in backup.blocks("PostgreSQL")? {
        script.commands(&block);
    }
    script.commands("cd - > /dev/null\ncocore-server key list --all\n#=> did:web:example.com\n");

    for step in traces {
        let Step::Commands(block) = step else {
            continue;
        };
        // The last line runs until it is stopped.
        let (install, serve) = block.trim_end().rsplit_once('\n').unwrap_or(("", block));
        script.commands(&format!(
            "export CARGO_INSTALL_ROOT=\"$BUILT\" PATH=\"$BUILT/bin:$PATH\" COCORE_LISTEN=127.0.0.1:0\n\
             {install}\ntimeout 5 bash -c '{serve}' || [ $? -eq 124 ]\n#=> listening on\n"
        ));
    }
    let path = env::var("PATH").unwrap_or_default();
    let is_root = is_root()?;
    script.run(|text| {
        let mut unshare = Command::new("unshare");
        unshare.arg("--mount");
        if !is_root {
            unshare.arg("--map-root-user");
        }
        unshare
            .args(["bash", "-euo", "pipefail", "-c"])
            .arg(format!("{COVER}\n{text}"))
            .current_dir(root)
            .env("ROOM", dir.join("room"))
            .env("WORK", dir.join("work"))
            .env("BUILT", dir.join("built"))
            .env(
                "PATH",
                format!(
                    "{}/bin:/usr/local/bin:{path}:{}/bin",
                    dir.display(),
                    litestream.display()
                ),
            )
            .env("PGHOST", &cluster.dir)
            .env("PGPORT", cluster.port.to_string())
            .env("PGUSER", "postgres")
            .env("PGDATABASE", "cocore")
            .env_remove("COCORE_DATABASE_URL")
            // Kept from run to run. To optimize the program takes longer than it saves.
            .env("CARGO_TARGET_DIR", root.join("target/ci-operating"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off");
        unshare
    })
}

fn add(script: &mut Script, steps: Vec<Step<'_>>) -> Result<(), Failure> {
    for step in steps {
        match step {
            Step::Commands(block) => script.commands(block),
            Step::File { path, content } => script.file(path, content)?,
        }
    }
    Ok(())
}

fn write_program(path: &Path, text: &str) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let written = fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)));
    written.map_err(|error| format!("{}: {error}", path.display()))
}
