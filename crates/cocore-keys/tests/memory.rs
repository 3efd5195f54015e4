//! How much memory the set of live keys takes. One test, so that nothing else in this process takes any.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use chrono::DateTime;
use cocore_keys::{Access, ActiveKey, Digest, LiveKeys, LiveKeysWriter, Scopes};
use lexicon_runtime::Did;

const KEYS: u32 = 1_000_000;
const ACCOUNTS: u32 = 100_000;
const LISTS: u32 = 1_000;

/// Returns the resident memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    kibibytes.unwrap().parse::<u64>().unwrap() * 1024
}

/// Returns one of the lists of scopes.
fn access(number: u32) -> Access {
    let nsids = ["dispatch", "embed", "list"].map(|method| {
        format!("rpc:dev.cocore.inference.{method}{number:04}?aud=did:web:keys.example%23inference")
    });
    Access::new(Some(Scopes::parse(&nsids.join(" ")).unwrap()), None)
}

/// Returns a key whose account nothing else shares.
fn key(number: u32, access: Access) -> ActiveKey {
    let mut digest = [0; 32];
    let mut state = u64::from(number);
    for bytes in digest.chunks_exact_mut(8) {
        // SplitMix64: as random as a digest.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    let account = number % ACCOUNTS;
    ActiveKey {
        digest: Digest::from_bytes(digest),
        id: uuid::Uuid::from_u128(number.into()).into(),
        did: Arc::new(Did::parse(format!("did:plc:{account:024}")).unwrap()),
        created_at: DateTime::UNIX_EPOCH,
        expires_at: None,
        last_used_at: None,
        access,
    }
}

/// The bound of `docs/performance.md`: 128 bytes for each key, with its account and its scopes.
#[test]
fn a_live_key_takes_at_most_128_bytes() {
    let before = resident();
    let live = Arc::new(LiveKeys::default());
    let mut writer = LiveKeysWriter::new(&live).unwrap();
    // Equal lists of keys are not the same ones.
    let lists: Vec<_> = (0..2 * LISTS)
        .map(|number| access(number % LISTS))
        .collect();
    for number in 0..KEYS {
        let list = &lists[(number % (2 * LISTS)) as usize];
        writer.set(&key(number, list.clone()));
    }
    drop(lists);
    let each = (resident() - before) / u64::from(KEYS);
    assert!((80..=128).contains(&each), "{each} bytes for each key");
    // Each key is in the set.
    assert_eq!(writer.evict_expired(DateTime::UNIX_EPOCH), 0);
    for number in 0..KEYS {
        writer.remove(&key(number, Access::EVERYTHING).digest);
    }
    // Most of it is given back, or used again.
    for number in 0..KEYS {
        writer.set(&key(number, Access::EVERYTHING));
    }
    let each = (resident() - before) / u64::from(KEYS);
    assert!(each <= 128, "{each} bytes for each key, the second time");
}
