//! Connecting to PostgreSQL over the network, and the errors when that fails.

use serde_json::json;

use crate::support::postgres::{Cluster, name};
use crate::support::skip::or_skip;
use crate::support::{ALICE, ENCRYPTION_KEY, Server, run};

const PASSWORD: &str = "Geheimnis-7Qx";

#[test]
fn it_is_reached_over_tls_and_its_password_is_never_printed() {
    let Some(cluster) = or_skip(Cluster::with_tls()) else {
        return;
    };
    let database = cluster.database();
    let database = name(&database);
    let with_password = format!("ALTER ROLE cocore PASSWORD '{PASSWORD}'");
    assert!(cluster.sql(database, &with_password));
    let url = cluster.tls_url(database, PASSWORD);

    let server = Server::on(&url);
    let key = server.first_key(ALICE);
    server.create_key(&key, &json!({ "name": "more" }));
    assert_eq!(server.list(&key).len(), 2);
    let secure = "SELECT bool_and(ssl) AND count(*) >= 3 FROM pg_stat_ssl JOIN pg_stat_activity
        USING (pid) WHERE client_addr IS NOT NULL";
    assert_eq!(cluster.query(database, secure), "t");
    // For the server, the certificate now belongs to another host.
    let strict = url.replace("127.0.0.1", "localhost");
    // Every error is one line.
    for (url, expected) in [
        (
            &url.replace("Geheimnis", "Falsches")[..],
            "password authentication failed",
        ),
        (&strict, "certificate"),
        (
            &url.replace("sslmode=verify-full", "sslmode=disable"),
            "no encryption",
        ),
        (&url.replace(database, "nowhere"), "does not exist"),
        (
            &url.replace("sslmode=verify-full", "sslmode=nonsense"),
            "sslmode",
        ),
    ] {
        let key = ["key", "list", "--did", ALICE, "--database-url", url];
        let failed = run(&key, &[("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY)]);
        let printed = String::from_utf8(failed.stderr).unwrap();
        assert!(
            !failed.status.success() && printed.contains(expected),
            "{printed}"
        );
        assert!(!printed.contains("Qx"), "{printed}");
    }
    let printed = server.stop();
    assert!(
        printed.contains("keys are stored in postgres://127.0.0.1"),
        "{printed}"
    );
    assert!(!printed.contains(PASSWORD));
}
