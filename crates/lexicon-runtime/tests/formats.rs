//! String formats: our own cases, and the official vectors where they are at hand.

use std::io::{Write, stderr};
use std::path::Path;
use std::{env, fs};

use lexicon_runtime::Format;

/// Legal texts, then illegal ones.
const CASES: &[(Format, &[&str], &[&str])] = &[
    (
        Format::Datetime,
        &[
            "2030-01-31T23:59:59Z",
            "2030-01-31T23:59:59.123456789012Z",
            "2030-01-31T23:59:59.1234567890123456789012345678901234567890123456789Z",
            "2028-02-29T00:00:00Z",
            "2030-01-31T23:59:59-10:00",
            "2030-01-31T23:59:59-10:30",
            "2030-01-31T23:59:59-20:00",
            "2030-01-31T23:59:59+00:00",
            "0000-01-01T00:00:00Z",
            "0000-01-01T01:00:00+01:00",
        ],
        &[
            "",
            "2030-01-31",
            "2030-01-31T23:59Z",
            "2030-01-31T23:59:59",
            "2030-01-31t23:59:59Z",
            "2030-01-31T23:59:59z",
            "2030-01-31T23:59:59.Z",
            "2030-01-31T23:59:59-00:00",
            "2030-01-31T23:59:59+24:00",
            "2030-01-31T23:59:59+01:60",
            "2030-01-31T23:59:59+0100",
            "2030-02-30T00:00:00Z",
            "2030-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2030-04-31T00:00:00Z",
            "2030-00-01T00:00:00Z",
            "2030-13-01T00:00:00Z",
            "2030-01-31T24:00:00Z",
            "2030-01-31T23:60:00Z",
            "2030-06-30T23:59:60Z",
            "0000-01-01T00:59:00+01:00",
            " 2030-01-31T23:59:59Z",
            "2030-01-31T23:59:59Z ",
        ],
    ),
    (
        Format::Did,
        &["did:plc:abc", "did:web:localhost%3A8080", "did:m:a:b.c_d-e"],
        &[
            "",
            "did:",
            "did:plc",
            "did:plc:",
            "did:PLC:abc",
            "did:m1:x",
            "did:plc:a:",
            "did:plc:a%",
            "did:plc:a/b",
            "DID:plc:a",
        ],
    ),
    (
        Format::Handle,
        &[
            "a.b",
            "alice.example.com",
            "xn--a.example",
            "8.cn",
            "JoHn.TeST",
        ],
        &[
            "", "a", ".a.b", "a.b.", "a..b", "-a.b", "a-.b", "a.8", "a_b.c", "a.b c",
        ],
    ),
    (
        Format::AtIdentifier,
        &["alice.example.com", "did:plc:abc"],
        &["", "alice", "did:plc:", "@alice.example.com"],
    ),
    (
        Format::Nsid,
        &["a.b.c", "com.example.fooBar2", "net.2nd.lex.getThing"],
        &[
            "",
            "a.b",
            "com.example.foo-bar",
            "com.example.2foo",
            "com..foo",
            "4com.example.foo",
            "com.example-.foo",
        ],
    ),
    (
        Format::AtUri,
        &[
            "at://did:plc:abc",
            "at://alice.example.com/a.b.c/self",
            "at://did:plc:abc/space/a.b.c/self",
            "at://did:plc:abc/space/a.b.c/self/did:web:b.example/d.e.f/3kabcdefghij2",
        ],
        &[
            "",
            "at://",
            "at://alice",
            "at://did:plc:abc/",
            "at://did:plc:abc/a.b.c/",
            "at://did:plc:abc/a.b.c/.",
            "at://did:plc:abc/a.b.c/d/e",
            "at://did:plc:abc#/x",
            "at://did:plc:abc/space",
            "at://did:plc:abc/space/a.b.c",
            "at://did:plc:abc/space/a.b.c/",
            "at://did:plc:abc/spaces/a.b.c/self",
            "at://alice.example.com/space/a.b.c/self",
            "at://did:plc:abc/space/a.b.c/self/did:web:b.example",
            "at://did:plc:abc/space/a.b.c/self/did:web:b.example/d.e.f",
            "at://did:plc:abc/space/a.b.c/self/b.example/d.e.f/g",
            "at://did:plc:abc/space/a.b.c/self/did:web:b.example/d.e.f/g/h",
            "AT://did:plc:abc",
        ],
    ),
    (
        Format::Cid,
        &[
            "bafyreibdtlwfbskln2rzrww3scfvgg56cjgar656ovwomdgvtq347vyz6i",
            "BAFYREIBDTLWFBSKLN2RZRWW3SCFVGG56CJGAR656OVWOMDGVTQ347VYZ6I",
            "f01711220239aec50c94b6ea398dadb908b531bbe124c08fbbe756ce60cd59c37cfd719f2",
            "F01711220239AEC50C94B6EA398DADB908B531BBE124C08FBBE756CE60CD59C37CFD719F2",
            "zdpuAnpRmQZE236htyL2baexx8UuTCEkXGFySe7jFiQBgaZ2Z",
            "bafkqaaa",
        ],
        &[
            "",
            "b",
            // A hash too short, a hash too long.
            "bafyreibdtlwfbskln2rzrww3scfvgg56cjgar656ovwomdgvtq347vyz",
            "bafyreibdtlwfbskln2rzrww3scfvgg56cjgar656ovwomdgvtq347vyz6iaa",
            // Version 2, version 0, a number not in its shortest form, bits left over.
            "bajyreibdtlwfbskln2rzrww3scfvgg56cjgar656ovwomdgvtq347vyz6i",
            "QmQjdzbCVpQSRiksQqF8q9eS8wwcQTfBYzcuR9rsmkjL7j",
            "bafyzeabaeonoyugjjnxkhgg23oiiwuy3xyjeych3xz2wzzqm2wodpt6xdhza",
            "bafyreibdtlwfbskln2rzrww3scfvgg56cjgar656ovwomdgvtq347vyz6j",
            "f01711220239aec50c94b6ea398dadb908b531bbe124c08fbbe756ce60cd59c37cfd719f20",
            // No CID, no base, letters that the base has not.
            "bookmarks",
            "000000000",
            "bafyreibdtlwfbskln2r zrww3scfvgg56cjgar656ovwomdgvtq347vyz6i",
            "bAFYREIBDTLWFBSKLN2RZRWW3SCFVGG56CJGAR656OVWOMDGVTQ347VYZ6I",
            "z0OIlaaaa",
        ],
    ),
    (
        Format::Tid,
        &["3kabcdefghij2", "2222222222222"],
        &["", "3kabcdefghij", "3kabcdefghij1", "zzzzzzzzzzzzz"],
    ),
    (
        Format::RecordKey,
        &["self", "~a.1-b_", "..."],
        &["", ".", "..", "a/b", "a b", "a#b"],
    ),
    (
        Format::SpaceRef,
        &[
            "at://did:plc:abc/space/a.b.c/self",
            "at://did:web:a.example/space/a.b.c/3kabcdefghij2",
        ],
        &[
            "",
            "at://did:plc:abc",
            "at://did:plc:abc/a.b.c/self",
            "at://alice.example.com/space/a.b.c/self",
            "at://did:plc:abc/space/a.b.c",
            "at://did:plc:abc/space/self",
            "at://did:plc:abc/space/a.b/self",
            "at://did:plc:abc/space/a.b.c/.",
            "at://did:plc:abc/space/a.b.c/self/",
            "at://did:plc:abc/space/a.b.c/self/did:web:b.example/d.e.f/g",
            "at://did:plc:abc/Space/a.b.c/self",
        ],
    ),
    (
        Format::Language,
        &[
            "ja",
            "ban",
            "pt-BR",
            "zh-Hant-TW",
            "es-419",
            "de-AT-1996",
            "i-default",
            "x-private",
            "en-u-co-phonebk-x-u-u",
        ],
        &[
            "",
            "j",
            "JA",
            "jaja",
            "ja-",
            "en-u",
            "en-x",
            "de-1901-1901",
            "en-a-foo-A-bar",
            "en_US",
        ],
    ),
    (
        Format::Uri,
        &["https://example.com/a?b#c", "tel:+1-555-0100", "go://?x"],
        &[
            "",
            "example.com",
            "http:",
            "//example.com",
            ".http://x",
            "https://a b",
            "https://ä.example",
            "https://a\u{202e}b",
            "1a:b",
        ],
    ),
];

/// Item 8, datetimes, and item 9, the other formats.
#[test]
fn cases() {
    for (format, legal, illegal) in CASES {
        for text in *legal {
            assert!(
                format.is_valid(text),
                "{}: {text:?} is legal",
                format.name()
            );
        }
        for text in *illegal {
            assert!(
                !format.is_valid(text),
                "{}: {text:?} is illegal",
                format.name()
            );
        }
    }
    for format in Format::ALL {
        assert!(
            CASES.iter().any(|(covered, ..)| *covered == format),
            "{format:?}"
        );
        assert_eq!(Format::from_name(format.name()), Some(format));
    }
    assert_eq!(Format::from_name("email"), None);
}

#[test]
fn lengths() {
    for (format, start, filler, limit) in [
        (Format::Did, "did:plc:", "a", 2048),
        (Format::Handle, "a.", "a.", 252),
        (Format::RecordKey, "", "a", 512),
        (Format::Uri, "a:", "a", 8192),
        (Format::Language, "x-", "aaaaaaa-", 127),
    ] {
        let of_length = |length: usize| {
            let text = start.to_owned() + &filler.repeat(length);
            text[..length].to_owned() + if format == Format::Handle { "b" } else { "" }
        };
        assert!(format.is_valid(&of_length(limit)), "{format:?}");
        assert!(!format.is_valid(&of_length(limit + 2)), "{format:?}");
    }
}

/// The official vectors, from the folder that `COCORE_INTEROP` names. Where a format has two sets
/// of invalid ones, `parse` is the newer and stricter.
#[test]
fn interop_vectors() {
    let Some(dir) = env::var_os("COCORE_INTEROP") else {
        // Tests' own output is captured, except what is written in this way.
        let _ = writeln!(
            stderr(),
            "skipped: COCORE_INTEROP names no folder of the interop vectors"
        );
        return;
    };
    let dir = Path::new(&dir).join("syntax");
    let mut files = 0;
    for format in Format::ALL {
        let stem = format.name().replace('-', "");
        for (set, legal) in [
            ("syntax_valid", true),
            ("syntax_invalid", false),
            ("parse_invalid", false),
        ] {
            // A draft of the protocol, which has no vectors yet.
            if format == Format::SpaceRef {
                continue;
            }
            let path = dir.join(format!("{stem}_{set}.txt"));
            let Ok(text) = fs::read_to_string(&path) else {
                assert_eq!(set, "parse_invalid", "{}", path.display());
                continue;
            };
            files += 1;
            let vectors = text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'));
            let mut count = 0;
            for vector in vectors {
                count += 1;
                assert_eq!(format.is_valid(vector), legal, "{stem}_{set}: {vector:?}");
            }
            assert!(count > 0, "{}", path.display());
        }
    }
    assert_eq!(files, 24);
}
