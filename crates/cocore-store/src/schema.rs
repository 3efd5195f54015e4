//! The tables, as the migrations create them.

diesel::table! {
    keys (id) {
        id -> Text,
        did -> Text,
        name -> Text,
        prefix -> Text,
        hash -> Binary,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        scopes -> Nullable<Text>,
        models -> Nullable<Text>,
        note -> Nullable<Text>,
        parent -> Nullable<Text>,
        replaces -> Nullable<Text>,
        replaced_by -> Nullable<Text>,
    }
}

diesel::table! {
    key_lineage (did, ancestor, descendant) {
        did -> Text,
        ancestor -> Text,
        descendant -> Text,
    }
}

diesel::table! {
    key_events (number) {
        number -> BigInt,
        at -> BigInt,
        kind -> Text,
        did -> Text,
        key_id -> Text,
        key_name -> Nullable<Text>,
        credential -> Text,
        by_key -> Nullable<Text>,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    key_answers (request) {
        request -> Binary,
        body -> Binary,
        sealed -> Binary,
        key_id -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        hash -> Binary,
        did -> Text,
        handle -> Nullable<Text>,
        browser -> Text,
        address -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
    }
}

diesel::table! {
    login_links (hash) {
        hash -> Binary,
        did -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    seen_tokens (hash) {
        hash -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    proxy_sessions (did) {
        did -> Text,
        tokens -> Binary,
        scope -> Text,
        version -> BigInt,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        refresher -> Nullable<Text>,
        refresh_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    // The table keeps its first name: renaming it would gain nothing, and servers of an earlier version that
    // still run on the database during an upgrade would fail.
    #[sql_name = "sealed"]
    encrypted_values (kind, name) {
        kind -> Text,
        name -> Text,
        value -> Binary,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(key_answers, keys);
