DROP TABLE key_answers;
DROP TABLE key_events;
DROP TABLE key_lineage;
ALTER TABLE keys
    ALTER COLUMN name TYPE TEXT COLLATE "default",
    DROP COLUMN replaced_by,
    DROP COLUMN replaces,
    DROP COLUMN parent,
    DROP COLUMN note,
    DROP COLUMN models,
    DROP COLUMN scopes;
ALTER TABLE lease_servers RENAME COLUMN heartbeat TO stamp;
ALTER TABLE lease_servers RENAME TO key_servers;
ALTER TABLE lease_changes RENAME TO key_changes;
ALTER TABLE lease_epoch RENAME TO key_epoch;
ALTER INDEX keys_by_account RENAME TO api_keys_by_account;
ALTER INDEX keys_hash_key RENAME TO api_keys_hash_key;
ALTER INDEX keys_pkey RENAME TO api_keys_pkey;
ALTER TABLE keys RENAME TO api_keys;
