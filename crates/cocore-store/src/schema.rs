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

diesel::table! {
    call_limits (did, key_id) {
        did -> Text,
        key_id -> Text,
        budget -> Text,
        tokens_per_day -> Nullable<BigInt>,
        tokens_per_month -> Nullable<BigInt>,
        requests_per_minute -> Nullable<BigInt>,
        models -> Nullable<Text>,
    }
}

diesel::table! {
    call_budgets (budget, period, starts_at) {
        budget -> Text,
        period -> Text,
        starts_at -> BigInt,
        taken -> BigInt,
        spent -> BigInt,
        reported_at -> BigInt,
    }
}

diesel::table! {
    call_usage (did, key_id, hour, model, upstream) {
        did -> Text,
        key_id -> Text,
        hour -> BigInt,
        model -> Text,
        upstream -> Text,
        calls -> BigInt,
        errors -> BigInt,
        estimated -> BigInt,
        input -> BigInt,
        output -> BigInt,
        cached -> BigInt,
    }
}

diesel::table! {
    call_reports (process) {
        process -> Text,
        number -> BigInt,
        at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(key_answers, keys);
diesel::allow_tables_to_appear_in_same_query!(call_limits, key_lineage, keys);
