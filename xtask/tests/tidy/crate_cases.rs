//! Cycles in crates that are made up.

use std::fs;

use tempfile::TempDir;

use crate::{cycles, references};

/// Checks which cycles the files of a crate make. `lib.rs` is the root.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let directory = TempDir::new().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let references = references::references(&directory.path().join("lib.rs"));
    let components = cycles::components(&references);
    let cycles = components.iter().flat_map(|component| &component.cycles);
    let shown = cycles.map(|cycle| cycles::display(cycle, &references, directory.path()));
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

const A_AND_B: (&str, &str) = ("lib.rs", "mod a; mod b;");
const CYCLE: &str = "a.rs -> b.rs (B) -> a.rs (A)";

/// Checks that a crate whose `a.rs` is that text and whose `b.rs` needs it makes one cycle.
#[track_caller]
fn check_needs_b(a: &str) {
    let b = "use crate::a::A; pub struct B; pub const C: A = A;";
    check(&[A_AND_B, ("a.rs", a), ("b.rs", b)], &[CYCLE]);
}

/// Checks that there is no cycle if `a.rs` is that text.
#[track_caller]
fn check_needs_nothing(a: &str) {
    let b = "use crate::a::A; pub struct B; pub fn b(_: A) {} pub trait Own { fn b(&self) {} }";
    check(&[A_AND_B, ("a.rs", a), ("b.rs", b)], &[]);
}

#[test]
fn items_are_found_wherever_they_are_named() {
    check_needs_b("use crate::b::B; pub struct A;");
    check_needs_b("use crate::{b::{self, B as Other}}; pub struct A;");
    check_needs_b("use super::b::*; pub struct A(B);");
    check_needs_b("use crate::b; pub struct A(Vec<Option<b::B>>);");
    check_needs_b("pub struct A; impl From<crate::b::B> for A {}");
    check_needs_b("pub struct A; fn a() { use crate::b; b::B; }");
    check_needs_b("pub struct A; fn a() { let crate::b::B = todo!(); }");
    check_needs_b("pub struct A; fn a() { println!(\"{}\", crate::b::B.c()); }");
    check_needs_b("pub struct A; fn a() { other! { use crate::b::{self, B}; } }");
    check_needs_b("pub struct A; mod inner { type T = super::super::b::B; }");
    check_needs_b("#[serde(with = \"crate::b::B\")] pub struct A;");
    check_needs_b("#[sql(like = crate::b::B)] pub struct A;");
    check_needs_b("pub struct A; macro_rules! a { () => { $crate::b::B } }");
}

#[test]
fn what_is_no_need_of_an_item_makes_no_cycle() {
    check_needs_nothing("pub struct A;");
    check_needs_nothing("use super::b; pub struct A;");
    check_needs_nothing("pub use crate::b::B; pub struct A;");
    check_needs_nothing("/// As [`crate::b::B`].\npub struct A;");
    check_needs_nothing("pub struct A; fn a(a: &A) { a.b(); }");
    check_needs_nothing("pub struct A; #[cfg(test)] mod tests { use crate::b::B; }");
    check_needs_nothing("pub struct A; impl A { #[cfg(test)] fn a(_: crate::b::B) {} }");
    check_needs_nothing("use ::b::B; use other::B as C; pub struct A(B, C);");
    check_needs_nothing("pub struct A; struct B; fn a() -> B { B }");
    check_needs_nothing("pub struct A; fn a() { mod b { pub struct B; } b::B; }");
    check_needs_nothing("// Generated\nuse crate::b::B; pub struct A;");
}

#[test]
fn a_reexport_leads_to_the_file_that_defines_the_item() {
    let root = (
        "lib.rs",
        "mod a; mod b; pub use a::A; pub use b::{B, B as C};",
    );
    let needs_a = ("b.rs", "use crate::A; pub struct B(A);");
    check(&[root, ("a.rs", "pub struct A;"), needs_a], &[]);
    let needs_b = ("a.rs", "pub struct A(Box<crate::C>);");
    check(&[root, needs_b, needs_a], &[CYCLE]);
}

#[test]
fn a_parent_that_uses_its_child_must_not_be_used_by_it() {
    let child = ("a.rs", "use super::Own; pub fn run(_: Own) {}");
    check(&[("lib.rs", "mod a; pub struct Own;"), child], &[]);
    check(
        &[
            ("lib.rs", "mod a; pub struct Own; fn b() { a::run(Own); }"),
            child,
        ],
        &["a.rs -> lib.rs (Own) -> a.rs (run)"],
    );
}

#[test]
fn a_name_of_a_module_and_a_function_is_each_where_it_is_used() {
    let files = |b: &'static str| {
        [
            ("lib.rs", "mod a; mod b; pub fn a() {}"),
            ("a.rs", "pub fn c() { super::b::d() }"),
            ("b.rs", b),
        ]
    };
    check(&files("use crate::a; pub fn d() { a() }"), &[]);
    check(
        &files("use crate::a; pub fn d() { a::c() }"),
        &["a.rs -> b.rs (d) -> a.rs (c)"],
    );
}

#[test]
fn macros_are_found_by_path_and_by_order() {
    let lib = "mod a; #[macro_use] mod b;";
    let b = "macro_rules! make { () => {} } pub(crate) use make; use crate::a::A;";
    for a in ["make!(); pub struct A;", "crate::b::make!(); pub struct A;"] {
        let cycle = "a.rs -> b.rs (make) -> a.rs (A)";
        check(&[("lib.rs", lib), ("a.rs", a), ("b.rs", b)], &[cycle]);
    }
    let field = ("a.rs", "pub struct A; fn a() { info!(make = 1); }");
    check(&[("lib.rs", lib), field, ("b.rs", b)], &[]);
}

#[test]
fn what_macros_define_is_of_their_file() {
    let a = ("a.rs", "table! { keys }\nuse crate::b::B;");
    let b = ("b.rs", "use crate::a::keys; pub struct B;");
    check(&[A_AND_B, a, b], &["a.rs -> b.rs (B) -> a.rs (keys)"]);
}

#[test]
fn the_shortest_cycle_through_each_file_is_shown_once() {
    check(
        &[
            ("lib.rs", "mod a; mod b; mod deep; mod free;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::deep::{c, D}; pub struct B;"),
            ("deep.rs", "pub mod c; pub struct D(crate::b::B);"),
            (
                "deep/c.rs",
                "use crate::{a::A, free::Free}; pub fn c() {} pub use super::D;",
            ),
            ("free.rs", "pub struct Free;"),
        ],
        &["b.rs -> deep.rs (D) -> b.rs (B)"],
    );
    check(
        &[
            ("lib.rs", "mod a; mod b; #[path = \"other.rs\"] mod c;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("other.rs", "use crate::a::A; pub struct C;"),
        ],
        &["a.rs -> b.rs (B) -> other.rs (C) -> a.rs (A)"],
    );
}
