-- The roles of the log in PostgreSQL. Run it as the owner of the database, after each `recorder init`,
-- because an upgrade may make tables anew:
--
--     psql -d recorder -v app=recorder_app -v reader=recorder_reader -f migrations/roles.sql
--
-- The owner migrates and forgets. The application appends and keeps the lists of sessions up to date;
-- it has no right to change or remove an event, nor to take the triggers away, because it owns nothing.
-- A reader follows the log and reads the lists. Passwords: `ALTER ROLE recorder_app PASSWORD '…'`, or
-- pg_hba.conf. Safe to repeat.

\set ON_ERROR_STOP on
BEGIN;

SELECT format('CREATE ROLE %I LOGIN', role) AS command
FROM unnest(ARRAY[:'app', :'reader']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

SELECT current_database() AS database \gset
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"app", :"reader";
GRANT USAGE ON SCHEMA public TO :"app", :"reader";

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"app", :"reader";
GRANT SELECT ON alembic_version, events, streams, log_head TO :"app", :"reader";
GRANT INSERT ON events, streams, stream_keys TO :"app";
GRANT UPDATE ON log_head TO :"app";
GRANT SELECT ON stream_keys TO :"app", :"reader";

-- Read models: computed from the log, and computed again at any time.
GRANT SELECT, INSERT, UPDATE, DELETE ON caught_up, session_list, session_label, review_list, session_text,
    step_list, session_tally, counter, session_signal, session_path, message_list, message_answer TO :"app";
GRANT SELECT ON caught_up, session_list, session_label, review_list, session_text, step_list, session_tally,
    counter, session_signal, session_path, message_list, message_answer TO :"reader";

COMMIT;
