//! The record proxy: keys write at the hosts of their accounts. The host is a real PDS, or one that does what no real
//! one does.

mod access;
mod consent;
mod faults;
mod inputs;
mod real_pds;
mod refresh;
mod two_servers;
mod world;
