//! The code in Rust that the pages of the methods show: each module is a program of its own, and a test compares them.
#![allow(clippy::print_stdout, dead_code)]

mod account_create_api_key;
mod account_delete_api_key;
mod account_list_api_keys;
mod account_revoke_api_key;
mod apikey_create_key;
mod apikey_delete_key;
mod apikey_get_key;
mod apikey_get_usage;
mod apikey_list_events;
mod apikey_list_keys;
mod apikey_revoke_key;
mod apikey_rotate_key;
mod apikey_set_limits;
mod apikey_update_key;
mod apikey_who_am_i;

fn main() {}
