//! Tests the built server from outside, over real HTTP and its command line: one file per feature.
// A test that cannot go on panics; no other crate uses its items.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod access_log;
mod answers;
mod arguments;
mod audit_trail;
mod backup;
#[cfg(target_os = "linux")]
mod backup_faults;
mod behind_nginx;
mod bodies;
mod budgets;
mod commands;
mod config_file;
mod connections;
mod console;
mod containers;
mod control_socket;
mod copy;
mod credentials;
#[cfg(target_os = "linux")]
mod disk;
mod doctor;
mod doctor_network;
mod durability;
mod flood;
mod forward_auth;
mod framing;
mod hang_ups;
mod hanging_hosts;
mod import;
mod import_broken;
mod import_page;
mod inference;
mod introspection;
mod junk_tokens;
mod key_access;
mod key_commands;
mod key_life;
mod largest_account;
mod lexicons;
mod limits;
mod login_links;
mod many_keys;
mod methods;
mod metrics;
mod metrics_page;
mod mixed_load;
mod network;
mod operations;
#[cfg(feature = "otlp")]
mod otlp;
mod poolers;
mod postgres;
mod previous_version;
mod proxies;
mod rate_limits;
mod readiness;
mod record_proxy;
mod recorded;
mod restore;
mod revocation;
mod secrets;
mod service_auth;
mod several_nodes;
mod sign_in;
mod signals;
#[cfg(target_os = "linux")]
mod sqlite_files;
mod standby;
mod support;
mod systemd;
mod unix_listener;
mod upgrade;
mod upstreams_file;
mod usage;
