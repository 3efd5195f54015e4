//! The statements on keys, their lineage, their events and the answers that contain their secrets, on either kind of
//! database.
#![allow(clippy::unwrap_used)]

mod common;

mod keys {
    mod answers;
    mod cascade;
    mod creations;
    mod events;
    mod lineage;
    mod pages;
    mod plans;
    mod quota;
    mod transaction;
}
