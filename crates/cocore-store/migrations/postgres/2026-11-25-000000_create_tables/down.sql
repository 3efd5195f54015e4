DROP TABLE key_servers;
DROP TABLE key_changes;
DROP TABLE key_epoch;
DROP TABLE sealed;
DROP TABLE seen_tokens;
DROP TABLE sessions;
DROP TABLE api_keys;
