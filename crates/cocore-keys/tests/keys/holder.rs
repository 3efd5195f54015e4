//! Keys that whoever holds their secret revokes.

use std::time::Duration;

use cocore_keys::{EventCredential, EventKind, Origin, Secret};

use crate::fixture::{ALICE, Fixture, named, session};

/// Each case: whether keys are verified in memory, and whether descendants are revoked, too.
#[tokio::test]
async fn whoever_holds_a_secret_revokes_its_key() {
    for (in_memory, cascade) in [(true, false), (true, true), (false, false), (false, true)] {
        let fixture = if in_memory {
            Fixture::new().await
        } else {
            Fixture::empty()
        };
        let (parent, secret) = fixture.create(None).await;
        let caller = fixture.caller(&secret).await;
        let request = named("child");
        let (child, child_secret) = fixture.create_by(&caller, request).await.unwrap();
        let (other, other_secret) = fixture.create(None).await;
        let revoke = async |text: &str| {
            let revoked = fixture
                .keys
                .revoke_by_holder(text, cascade, Origin::default());
            revoked.await.unwrap()
        };
        let before = fixture.tables();
        for text in [
            "",
            "cocore-x",
            &parent.id,
            Secret::from_random([9; 32]).expose(),
        ] {
            assert_eq!(revoke(text).await, 0);
        }
        assert_eq!(fixture.tables(), before);
        assert_eq!(revoke(&secret).await, if cascade { 2 } else { 1 });
        assert!(!fixture.accepts(&secret).await);
        assert_eq!(fixture.accepts(&child_secret).await, !cascade);
        assert_eq!(revoke(&secret).await, 0);
        assert!(fixture.accepts(&other_secret).await);
        assert_eq!(fixture.find(&other.id).await.revoked_at, None);
        let events = fixture.events().await;
        let revoked = events
            .iter()
            .filter(|event| event.kind == EventKind::Revoked);
        for event in revoked {
            assert!([&parent.id, &child.id].contains(&&event.key_id));
            assert_eq!(event.credential, EventCredential::ApiKey);
            assert_eq!(event.by_key.as_ref(), Some(&parent.id));
        }
    }
}

/// A key that is revoked, replaced or expired still ends what it has created.
#[tokio::test]
async fn the_holder_of_an_ended_key_ends_what_it_made() {
    for end in ["revoked", "replaced", "expired"] {
        let fixture = Fixture::new().await;
        let (parent, secret) = fixture.create(Some("2030-01-01T00:00:10Z")).await;
        let child = fixture.create_below(&parent.id, "").await;
        match end {
            "revoked" => assert!(fixture.revoke(ALICE, &parent.id).await),
            "replaced" => {
                let alice = session(ALICE);
                fixture
                    .rotate(&alice, &parent.id, Duration::ZERO)
                    .await
                    .unwrap();
            }
            _ => fixture.set("2030-01-03T00:00:00Z"),
        }
        let origin = Origin::default();
        let revoked = fixture.keys.revoke_by_holder(&secret, true, origin).await;
        assert_eq!(
            revoked.unwrap(),
            if end == "expired" { 2 } else { 1 },
            "{end}"
        );
        assert!(fixture.find(&child.id).await.revoked_at.is_some(), "{end}");
    }
}
