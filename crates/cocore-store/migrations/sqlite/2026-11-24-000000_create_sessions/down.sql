DROP TABLE sealed;
DROP TABLE seen_tokens;
DROP TABLE sessions;
