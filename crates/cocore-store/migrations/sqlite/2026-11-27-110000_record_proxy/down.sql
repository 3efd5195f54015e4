DROP TABLE proxy_sessions;
