//! Databases of the previous schema, whose keys have no scopes: how they are migrated, and restored.
#![allow(clippy::unwrap_used)]

mod common;

mod schemas {
    mod earlier;
    mod restore;
    mod upgrade;
}
