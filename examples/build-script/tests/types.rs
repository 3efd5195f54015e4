//! The types that the build script generated.
#![allow(clippy::unwrap_used, missing_docs)]

use build_script::lexicons::LEXICONS;
use build_script::lexicons::com::example::library::book::Book;
use build_script::lexicons::com::example::library::defs::Series;
use lexicon_runtime::{Options, Record, json};

#[test]
fn a_record_is_written_and_read() {
    let mut book = Book::new("Kristin Lavransdatter");
    book.series = Some(Series::new("Kristin Lavransdatter", 1));
    json::check("value", &book, Options::DEFAULT).unwrap();
    let text = serde_json::to_string(&book).unwrap();
    assert!(
        text.contains(r#""$type":"com.example.library.book""#),
        "{text}"
    );
    let read: Book = json::decode("value", text.as_bytes(), Options::DEFAULT).unwrap();
    assert_eq!(read, book);
    assert_eq!(Book::NSID, "com.example.library.book");
}

#[test]
fn constraints_are_checked_across_documents() {
    let mut book = Book::new("");
    book.series = Some(Series::new("x", 0));
    let violations = json::check("value", &book, Options::DEFAULT)
        .unwrap_err()
        .to_string();
    assert!(violations.contains("value/title: "), "{violations}");
    assert!(
        violations.contains("value/series/volume: expected at least 1"),
        "{violations}"
    );
}

#[test]
fn the_documents_are_embedded_byte_for_byte() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/lexicons/com/example/library");
    for (lexicon, file) in LEXICONS.iter().zip(["book", "defs"]) {
        let bytes = std::fs::read_to_string(format!("{library}/{file}.json")).unwrap();
        assert_eq!(lexicon.json, bytes);
    }
    assert_eq!(LEXICONS.len(), 2);
}
