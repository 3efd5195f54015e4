-- DIDs are compared by value, and stored in their normal form: the host of a did:web in lower case, and the
-- colon before its port as `%3A`. A did:web with a path was never accepted as a caller; it is left alone.
UPDATE api_keys SET did = replace(lower(did), '%3a', '%3A')
WHERE did LIKE 'did:web:%' AND did NOT LIKE 'did:web:%:%'
    AND did <> replace(lower(did), '%3a', '%3A');

UPDATE sessions SET did = replace(lower(did), '%3a', '%3A')
WHERE did LIKE 'did:web:%' AND did NOT LIKE 'did:web:%:%'
    AND did <> replace(lower(did), '%3a', '%3A');
