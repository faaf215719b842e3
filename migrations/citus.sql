-- The log spread over several PostgreSQL servers with Citus. REVIEWED ON PAPER ONLY: this script was never run.
-- Read docs/scaling.md first: for almost everybody, partitions and a bigger machine are the better step.
--
--     psql -d recorder -f migrations/citus.sql      (on the coordinator, as the owner, after `recorder init`)
--
-- For Citus 12 or later, a log at schema 0003 that was made WITHOUT --partitions, nobody appending meanwhile,
-- and a verified backup. Workers are added before: SELECT citus_add_node('worker1', 5432);
--
-- What lies where
--   events         by hash of `stream`: a session is read from one worker, and events of one stream stay together
--   streams        everywhere (reference table): names are unique in the whole log, and every read looks one up
--   stream_keys    everywhere, for the same reason; forgetting deletes a key from all of them in one transaction
--   session_list, session_label, review_list
--                  by session, together: the lists of one session are written on one worker
--   log_head, caught_up, alembic_version
--                  on the coordinator only, as they are
--
-- What the lock means there
--   Appends still take one advisory lock, and it is the COORDINATOR'S: it orders appends only as long as every
--   program connects to the coordinator. An advisory lock taken on a worker is another lock. Never let a
--   program of ours append through a worker, even where Citus would route its queries.
--
-- What is lost
--   1. Atomic visibility. An append touches the coordinator (log_head) and a worker (events), so it commits in
--      two phases; the lock is released by the coordinator's commit, and the worker's part may become visible
--      some milliseconds later. A reader can then see position 8 and not yet position 7, or a head whose last
--      event is not there yet. Positions have no gaps, so a reader that stops before the first missing position
--      is right again; `read_all` DOES NOT DO THIS TODAY. Followers (read models, `follow`, replicas, Dask
--      workers that check a snapshot) must not run on Citus before it does.
--   2. Rate. Each append pays for two-phase commit: two more round trips and one more flush, inside the lock.
--      Single appends get slower, never faster; only large batches and reads gain from more machines.
--   3. The uniqueness of event ids and positions is the log's own doing (it looks while it holds the lock), no
--      longer an index's: an index can only hold unique what includes `stream`. The same is true of partitions.
--   4. TRUNCATE is refused by rights alone (migrations/roles.sql): statement triggers run once per shard.
--   5. `recorder verify` and reading in the order of the log ask all workers and merge on the coordinator.
--   6. A backup is no longer one file: every node has to be restored to the same moment (see
--      citus_create_restore_point).

\set ON_ERROR_STOP on

DO $$
BEGIN
    IF (SELECT version_num FROM alembic_version) <> '0003' THEN
        RAISE EXCEPTION 'this script knows schema 0003 only';
    END IF;
    IF (SELECT relkind FROM pg_class WHERE oid = 'events'::regclass) = 'p' THEN
        RAISE EXCEPTION 'events is partitioned already: copy the log into one that is not (recorder copy)';
    END IF;
END $$;

CREATE EXTENSION IF NOT EXISTS citus;

-- The triggers that keep events as they are look at their own row only, which is safe on every shard.
SET citus.enable_unsafe_triggers TO on;
DROP TRIGGER events_keep_truncate ON events;
DROP TRIGGER streams_keep_truncate ON streams;

BEGIN;
ALTER TABLE events DROP CONSTRAINT events_pkey, DROP CONSTRAINT events_id;
ALTER TABLE events
    ADD CONSTRAINT events_pkey PRIMARY KEY (position, stream),
    ADD CONSTRAINT events_id UNIQUE (id, stream);
COMMIT;

SELECT create_reference_table('streams');
SELECT create_reference_table('stream_keys');

-- 32 shards: room for 32 workers; each keeps its share of the three indexes of `events` small.
SELECT create_distributed_table('events', 'stream', colocate_with := 'none', shard_count := 32);

SELECT create_distributed_table('session_list', 'id', colocate_with := 'none', shard_count := 32);
SELECT create_distributed_table('session_label', 'session', colocate_with := 'session_list');
SELECT create_distributed_table('review_list', 'session', colocate_with := 'session_list');

-- What was copied to the shards is still in the tables of the coordinator.
SELECT truncate_local_data_after_distributing_table(name)
FROM unnest(ARRAY['streams', 'stream_keys', 'events', 'session_list', 'session_label', 'review_list']::regclass[])
    AS name;

-- Before anybody appends again:
--   1. `recorder verify` must say of the whole log what it said before.
--   2. SELECT table_name, citus_table_type, distribution_column FROM citus_tables;
--   3. Rights: migrations/roles.sql again (the shards take them over), with TRUNCATE granted to nobody.
