//! nginx as a bare proxy.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::failure::Result;
use crate::process::{Process, free_address};

/// How long it may take until it listens.
const START_TIMEOUT: Duration = Duration::from_secs(5);

/// Starts nginx in front of an upstream, with a process for each of the machine's two cores.
pub(crate) fn nginx(directory: &Path, upstream: &str) -> Result<Process> {
    let address = free_address()?;
    let own = directory.join("nginx");
    fs::create_dir(&own)?;
    let file = own.join("nginx.conf");
    let settings = format!(
        "daemon off;\nworker_processes 2;\npid nginx.pid;\nerror_log stderr error;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n access_log off;\n client_body_temp_path body;\n proxy_temp_path proxy;\n\
         fastcgi_temp_path fastcgi;\n uwsgi_temp_path uwsgi;\n scgi_temp_path scgi;\n\
         upstream up {{ server {upstream}; keepalive 128; }}\n\
         server {{ listen {address};\n keepalive_requests 1000000000;\n location / {{\n\
         proxy_pass http://up;\n proxy_http_version 1.1;\n proxy_set_header Connection \"\";\n\
         proxy_buffering off;\n }} }}\n}}\n"
    );
    fs::write(&file, settings)?;
    let mut command = Command::new("nginx");
    command
        .args(["-e", "stderr", "-p"])
        .arg(&own)
        .arg("-c")
        .arg(&file);
    Process::start_at(&mut command, &address.to_string(), START_TIMEOUT)
}
