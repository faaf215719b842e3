BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE caught_up (
	model TEXT NOT NULL, 
	edition INTEGER NOT NULL, 
	position BIGINT NOT NULL, 
	PRIMARY KEY (model)
);
INSERT INTO "caught_up" VALUES('sessions',1,180);
CREATE TABLE events (
	position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	stream TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	occurred_at DATETIME NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	CONSTRAINT events_stream_version UNIQUE (stream, version), 
	CONSTRAINT events_id UNIQUE (id)
);
INSERT INTO "events" VALUES(1,'session/visitor-1',0,'0002-001','user','2023-12-31 23:59:59.999999','2024-05-01 12:01:30.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"input_channel":"tést","message_id":"tést","metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"parse_data":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"text":"tést"}');
INSERT INTO "events" VALUES(2,'session/visitor-1',1,'0002-002','user','0001-01-01 00:00:00.000000','2024-05-01 12:01:30.123456','Zoë','{"text":"tést"}');
INSERT INTO "events" VALUES(3,'session/visitor-1',2,'0002-003','bot','2024-05-01 12:01:31.123456','2024-05-01 12:01:31.123456','ingest','{"data":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"text":"tést"}');
INSERT INTO "events" VALUES(4,'session/visitor-1',3,'01a213d9-272d-7090-9a60-082a70504064','bot','2023-12-31 23:59:59.999999','2024-05-01 12:01:31.123456','ingest','{"text":"tést"}');
INSERT INTO "events" VALUES(5,'session/visitor-1',4,'0002-005','action','0001-01-01 00:00:00.000000','2024-05-01 12:01:32.123456','','{"action_text":"tést","confidence":0.875,"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"hide_rule_turn":true,"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést","policy":"tést"}');
INSERT INTO "events" VALUES(6,'session/visitor-1',5,'0002-006','action','2024-05-01 12:01:32.123456','2024-05-01 12:01:32.123456','','{"name":"tést"}');
INSERT INTO "events" VALUES(7,'session/visitor-1',6,'0002-007','slot','2023-12-31 23:59:59.999999','2024-05-01 12:01:33.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést","value":["a",{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}]}');
INSERT INTO "events" VALUES(8,'session/visitor-1',7,'01a213d9-2735-71b8-84c7-d16ea994fce2','slot','0001-01-01 00:00:00.000000','2024-05-01 12:01:33.123456','Zoë','{"name":"tést"}');
INSERT INTO "events" VALUES(9,'session/visitor-1',8,'0002-009','entities','2024-05-01 12:01:34.123456','2024-05-01 12:01:34.123456','ingest','{"entities":[{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(10,'session/visitor-1',9,'0002-010','entities','2023-12-31 23:59:59.999999','2024-05-01 12:01:34.123456','ingest','{}');
INSERT INTO "events" VALUES(11,'session/visitor-1',10,'0002-011','user_featurization','0001-01-01 00:00:00.000000','2024-05-01 12:01:35.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"use_text_for_featurization":true}');
INSERT INTO "events" VALUES(12,'session/visitor-1',11,'01a213d9-273d-72b7-b76d-cb532231b159','user_featurization','2024-05-01 12:01:35.123456','2024-05-01 12:01:35.123456','','{}');
INSERT INTO "events" VALUES(13,'session/visitor-1',12,'0002-013','session_started','2023-12-31 23:59:59.999999','2024-05-01 12:01:36.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(14,'session/visitor-1',13,'0002-014','session_started','0001-01-01 00:00:00.000000','2024-05-01 12:01:36.123456','Zoë','{}');
INSERT INTO "events" VALUES(15,'session/visitor-1',14,'0002-015','restart','2024-05-01 12:01:37.123456','2024-05-01 12:01:37.123456','ingest','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(16,'session/visitor-1',15,'01a213d9-2743-711f-b2c8-427f20b9d00b','restart','2023-12-31 23:59:59.999999','2024-05-01 12:01:37.123456','ingest','{}');
INSERT INTO "events" VALUES(17,'session/visitor-1',16,'0002-017','rewind','0001-01-01 00:00:00.000000','2024-05-01 12:01:38.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(18,'session/visitor-1',17,'0002-018','rewind','2024-05-01 12:01:38.123456','2024-05-01 12:01:38.123456','','{}');
INSERT INTO "events" VALUES(19,'session/visitor-1',18,'0002-019','undo','2023-12-31 23:59:59.999999','2024-05-01 12:01:39.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(20,'session/visitor-1',19,'01a213d9-2746-7011-86b6-9934399e42cb','undo','0001-01-01 00:00:00.000000','2024-05-01 12:01:39.123456','Zoë','{}');
INSERT INTO "events" VALUES(21,'session/visitor-1',20,'0002-021','reset_slots','2024-05-01 12:01:40.123456','2024-05-01 12:01:40.123456','ingest','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(22,'session/visitor-1',21,'0002-022','reset_slots','2023-12-31 23:59:59.999999','2024-05-01 12:01:40.123456','ingest','{}');
INSERT INTO "events" VALUES(23,'session/visitor-1',22,'0002-023','active_loop','0001-01-01 00:00:00.000000','2024-05-01 12:01:41.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést"}');
INSERT INTO "events" VALUES(24,'session/visitor-1',23,'01a213d9-274d-712a-b021-aac85775542f','active_loop','2024-05-01 12:01:41.123456','2024-05-01 12:01:41.123456','','{}');
INSERT INTO "events" VALUES(25,'session/visitor-1',24,'0002-025','loop_interrupted','2023-12-31 23:59:59.999999','2024-05-01 12:01:42.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"is_interrupted":true,"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(26,'session/visitor-1',25,'0002-026','loop_interrupted','0001-01-01 00:00:00.000000','2024-05-01 12:01:42.123456','Zoë','{}');
INSERT INTO "events" VALUES(27,'session/visitor-1',26,'0002-027','action_execution_rejected','2024-05-01 12:01:43.123456','2024-05-01 12:01:43.123456','ingest','{"confidence":0.875,"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést","policy":"tést"}');
INSERT INTO "events" VALUES(28,'session/visitor-1',27,'01a213d9-2751-7442-8102-2851ac532d4b','action_execution_rejected','2023-12-31 23:59:59.999999','2024-05-01 12:01:43.123456','ingest','{"name":"tést"}');
INSERT INTO "events" VALUES(29,'session/visitor-1',28,'0002-029','followup','0001-01-01 00:00:00.000000','2024-05-01 12:01:44.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést"}');
INSERT INTO "events" VALUES(30,'session/visitor-1',29,'0002-030','followup','2024-05-01 12:01:44.123456','2024-05-01 12:01:44.123456','','{"name":"tést"}');
INSERT INTO "events" VALUES(31,'session/visitor-1',30,'0002-031','pause','2023-12-31 23:59:59.999999','2024-05-01 12:01:45.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(32,'session/visitor-1',31,'01a213d9-2759-74e0-966d-498bcd13a4d7','pause','0001-01-01 00:00:00.000000','2024-05-01 12:01:45.123456','Zoë','{}');
INSERT INTO "events" VALUES(33,'session/visitor-1',32,'0002-033','resume','2024-05-01 12:01:46.123456','2024-05-01 12:01:46.123456','ingest','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(34,'session/visitor-1',33,'0002-034','resume','2023-12-31 23:59:59.999999','2024-05-01 12:01:46.123456','ingest','{}');
INSERT INTO "events" VALUES(35,'session/visitor-1',34,'0002-035','agent','0001-01-01 00:00:00.000000','2024-05-01 12:01:47.123456','','{"data":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"text":"tést"}');
INSERT INTO "events" VALUES(36,'session/visitor-1',35,'01a213d9-2761-727d-a3ef-3a506c5d1332','agent','2024-05-01 12:01:47.123456','2024-05-01 12:01:47.123456','','{"text":"tést"}');
INSERT INTO "events" VALUES(37,'session/visitor-1',36,'0002-037','reminder','2023-12-31 23:59:59.999999','2024-05-01 12:01:48.123456','Zoë','{"date_time":"tést","entities":["a",{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"intent":"tést","kill_on_user_msg":true,"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést"}');
INSERT INTO "events" VALUES(38,'session/visitor-1',37,'0002-038','reminder','0001-01-01 00:00:00.000000','2024-05-01 12:01:48.123456','Zoë','{}');
INSERT INTO "events" VALUES(39,'session/visitor-1',38,'0002-039','cancel_reminder','2024-05-01 12:01:49.123456','2024-05-01 12:01:49.123456','ingest','{"entities":["a",{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"intent":"tést","metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést"}');
INSERT INTO "events" VALUES(40,'session/visitor-1',39,'01a213d9-2769-766f-8264-d4e99d260063','cancel_reminder','2023-12-31 23:59:59.999999','2024-05-01 12:01:49.123456','ingest','{}');
INSERT INTO "events" VALUES(41,'session/visitor-1',40,'0002-041','export','0001-01-01 00:00:00.000000','2024-05-01 12:01:50.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"path":"tést"}');
INSERT INTO "events" VALUES(42,'session/visitor-1',41,'0002-042','export','2024-05-01 12:01:50.123456','2024-05-01 12:01:50.123456','','{}');
INSERT INTO "events" VALUES(43,'session/visitor-1',42,'0002-043','opaque','2023-12-31 23:59:59.999999','2024-05-01 12:01:51.123456','Zoë','{"data":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"kind":"tést","metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(44,'session/visitor-1',43,'01a213d9-2771-73c7-9724-e5b1ac42ffdc','opaque','0001-01-01 00:00:00.000000','2024-05-01 12:01:51.123456','Zoë','{"kind":"tést"}');
INSERT INTO "events" VALUES(45,'session/visitor-1',44,'0002-045','session_recorded','2024-05-01 12:01:52.123456','2024-05-01 12:01:52.123456','ingest','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"origin":"tést","source":"tést"}');
INSERT INTO "events" VALUES(46,'session/visitor-1',45,'0002-046','session_recorded','2023-12-31 23:59:59.999999','2024-05-01 12:01:52.123456','ingest','{"source":"tést"}');
INSERT INTO "events" VALUES(47,'session/visitor-1',46,'0002-047','intent_ranked','0001-01-01 00:00:00.000000','2024-05-01 12:01:53.123456','','{"about":"tést","entities":[{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"model":"tést","ranking":[["greet",0.75],["bye",0.25]]}');
INSERT INTO "events" VALUES(48,'session/visitor-1',47,'01a213d9-2778-7466-8afb-188ac52785e6','intent_ranked','2024-05-01 12:01:53.123456','2024-05-01 12:01:53.123456','','{"about":"tést","model":"tést","ranking":[["greet",0.75],["bye",0.25]]}');
INSERT INTO "events" VALUES(49,'session/visitor-1',48,'0002-049','action_ranked','2023-12-31 23:59:59.999999','2024-05-01 12:01:54.123456','Zoë','{"about":"tést","late":true,"model":"tést","policy":"tést","ranking":[["greet",0.75],["bye",0.25]]}');
INSERT INTO "events" VALUES(50,'session/visitor-1',49,'0002-050','action_ranked','0001-01-01 00:00:00.000000','2024-05-01 12:01:54.123456','Zoë','{"about":"tést","model":"tést","ranking":[["greet",0.75],["bye",0.25]]}');
INSERT INTO "events" VALUES(51,'review/visitor-1/ana',0,'0002-051','step_confirmed','2024-05-01 12:01:55.123456','2024-05-01 12:01:55.123456','ingest','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(52,'review/visitor-1/ana',1,'01a213d9-277e-749b-99c1-2db726a3a688','step_confirmed','2023-12-31 23:59:59.999999','2024-05-01 12:01:55.123456','ingest','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(53,'review/visitor-1/ana',2,'0002-053','rest_confirmed','0001-01-01 00:00:00.000000','2024-05-01 12:01:56.123456','','{"made_on":7,"step":"tést","steps":["e1","e2"]}');
INSERT INTO "events" VALUES(54,'review/visitor-1/ana',3,'0002-054','rest_confirmed','2024-05-01 12:01:56.123456','2024-05-01 12:01:56.123456','','{"made_on":7,"step":"tést","steps":["e1","e2"]}');
INSERT INTO "events" VALUES(55,'review/visitor-1/ana',4,'0002-055','action_corrected','2023-12-31 23:59:59.999999','2024-05-01 12:01:57.123456','Zoë','{"action":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(56,'review/visitor-1/ana',5,'01a213d9-2786-7411-9c56-8552c171a147','action_corrected','0001-01-01 00:00:00.000000','2024-05-01 12:01:57.123456','Zoë','{"action":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(57,'review/visitor-1/ana',6,'0002-057','intent_corrected','2024-05-01 12:01:58.123456','2024-05-01 12:01:58.123456','ingest','{"intent":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(58,'review/visitor-1/ana',7,'0002-058','intent_corrected','2023-12-31 23:59:59.999999','2024-05-01 12:01:58.123456','ingest','{"intent":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(59,'review/visitor-1/ana',8,'0002-059','entities_corrected','0001-01-01 00:00:00.000000','2024-05-01 12:01:59.123456','','{"entities":[{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(60,'review/visitor-1/ana',9,'01a213d9-2788-7375-bde0-94cd86b83473','entities_corrected','2024-05-01 12:01:59.123456','2024-05-01 12:01:59.123456','','{"entities":[{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(61,'review/visitor-1/ana',10,'0002-061','slot_corrected','2023-12-31 23:59:59.999999','2024-05-01 12:02:00.123456','Zoë','{"made_on":7,"name":"tést","step":"tést","value":["a",{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}]}');
INSERT INTO "events" VALUES(62,'review/visitor-1/ana',11,'0002-062','slot_corrected','0001-01-01 00:00:00.000000','2024-05-01 12:02:00.123456','Zoë','{"made_on":7,"name":"tést","step":"tést"}');
INSERT INTO "events" VALUES(63,'review/visitor-1/ana',12,'0002-063','action_inserted','2024-05-01 12:02:01.123456','2024-05-01 12:02:01.123456','ingest','{"action":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(64,'review/visitor-1/ana',13,'01a213d9-2791-75f4-8545-a2b52294c715','action_inserted','2023-12-31 23:59:59.999999','2024-05-01 12:02:01.123456','ingest','{"action":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(65,'review/visitor-1/ana',14,'0002-065','action_removed','0001-01-01 00:00:00.000000','2024-05-01 12:02:02.123456','','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(66,'review/visitor-1/ana',15,'0002-066','action_removed','2024-05-01 12:02:02.123456','2024-05-01 12:02:02.123456','','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(67,'review/visitor-1/ana',16,'0002-067','session_cut','2023-12-31 23:59:59.999999','2024-05-01 12:02:03.123456','Zoë','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(68,'review/visitor-1/ana',17,'01a213d9-279a-7686-be81-31653ca67c3e','session_cut','0001-01-01 00:00:00.000000','2024-05-01 12:02:03.123456','Zoë','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(69,'review/visitor-1/ana',18,'0002-069','rest_kept','2024-05-01 12:02:04.123456','2024-05-01 12:02:04.123456','ingest','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(70,'review/visitor-1/ana',19,'0002-070','rest_kept','2023-12-31 23:59:59.999999','2024-05-01 12:02:04.123456','ingest','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(71,'review/visitor-1/ana',20,'0002-071','step_unsure','0001-01-01 00:00:00.000000','2024-05-01 12:02:05.123456','','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(72,'review/visitor-1/ana',21,'01a213d9-279d-74aa-b9ac-00ec6415b234','step_unsure','2024-05-01 12:02:05.123456','2024-05-01 12:02:05.123456','','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(73,'review/visitor-1/ana',22,'0002-073','step_skipped','2023-12-31 23:59:59.999999','2024-05-01 12:02:06.123456','Zoë','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(74,'review/visitor-1/ana',23,'0002-074','step_skipped','0001-01-01 00:00:00.000000','2024-05-01 12:02:06.123456','Zoë','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(75,'review/visitor-1/ana',24,'0002-075','step_noted','2024-05-01 12:02:07.123456','2024-05-01 12:02:07.123456','ingest','{"made_on":7,"step":"tést","text":"tést"}');
INSERT INTO "events" VALUES(76,'review/visitor-1/ana',25,'01a213d9-27a1-7466-a9e1-09374080ff0a','step_noted','2023-12-31 23:59:59.999999','2024-05-01 12:02:07.123456','ingest','{"made_on":7,"step":"tést","text":"tést"}');
INSERT INTO "events" VALUES(77,'review/visitor-1/ana',26,'0002-077','step_flagged','0001-01-01 00:00:00.000000','2024-05-01 12:02:08.123456','','{"flag":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(78,'review/visitor-1/ana',27,'0002-078','step_flagged','2024-05-01 12:02:08.123456','2024-05-01 12:02:08.123456','','{"flag":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(79,'review/visitor-1/ana',28,'0002-079','response_written','2023-12-31 23:59:59.999999','2024-05-01 12:02:09.123456','Zoë','{"made_on":7,"name":"tést","step":"tést","text":"tést"}');
INSERT INTO "events" VALUES(80,'review/visitor-1/ana',29,'01a213d9-27a5-71d8-a721-2e8531f4f38c','response_written','0001-01-01 00:00:00.000000','2024-05-01 12:02:09.123456','Zoë','{"made_on":7,"name":"tést","step":"tést","text":"tést"}');
INSERT INTO "events" VALUES(81,'review/visitor-1/ana',30,'0002-081','decision_undone','2024-05-01 12:02:10.123456','2024-05-01 12:02:10.123456','ingest','{"decision":"tést"}');
INSERT INTO "events" VALUES(82,'review/visitor-1/ana',31,'0002-082','decision_undone','2023-12-31 23:59:59.999999','2024-05-01 12:02:10.123456','ingest','{"decision":"tést"}');
INSERT INTO "events" VALUES(83,'review/visitor-1/ana',32,'0002-083','decision_redone','0001-01-01 00:00:00.000000','2024-05-01 12:02:11.123456','','{"decision":"tést"}');
INSERT INTO "events" VALUES(84,'review/visitor-1/ana',33,'01a213d9-27aa-7702-909c-c259a0c61801','decision_redone','2024-05-01 12:02:11.123456','2024-05-01 12:02:11.123456','','{"decision":"tést"}');
INSERT INTO "events" VALUES(85,'review/visitor-1/ana',34,'0002-085','review_submitted','2023-12-31 23:59:59.999999','2024-05-01 12:02:12.123456','Zoë','{"session_version":7}');
INSERT INTO "events" VALUES(86,'review/visitor-1/ana',35,'0002-086','review_submitted','0001-01-01 00:00:00.000000','2024-05-01 12:02:12.123456','Zoë','{"session_version":7}');
INSERT INTO "events" VALUES(87,'review/visitor-1/ana',36,'0002-087','review_reopened','2024-05-01 12:02:13.123456','2024-05-01 12:02:13.123456','ingest','{}');
INSERT INTO "events" VALUES(88,'review/visitor-1/ana',37,'01a213d9-27ac-74d7-85e2-5d3b365b5263','review_reopened','2023-12-31 23:59:59.999999','2024-05-01 12:02:13.123456','ingest','{}');
INSERT INTO "events" VALUES(89,'export/ev',0,'0002-089','sessions_exported','0001-01-01 00:00:00.000000','2024-05-01 12:02:14.123456','','{"counts":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"digest":"tést","log_position":7}');
INSERT INTO "events" VALUES(90,'export/ev',1,'0002-090','sessions_exported','2024-05-01 12:02:14.123456','2024-05-01 12:02:14.123456','','{"counts":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"digest":"tést","log_position":7}');
INSERT INTO "events" VALUES(91,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',0,'0002-091','user','2023-12-31 23:59:59.999999','2024-05-01 12:02:15.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"input_channel":"tést","message_id":"tést","metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"parse_data":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"text":"tést"}');
INSERT INTO "events" VALUES(92,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',1,'01a213d9-27b3-72d7-8214-758c63d42e5d','user','0001-01-01 00:00:00.000000','2024-05-01 12:02:15.123456','Zoë','{"text":"tést"}');
INSERT INTO "events" VALUES(93,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',2,'0002-093','bot','2024-05-01 12:02:16.123456','2024-05-01 12:02:16.123456','ingest','{"data":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"text":"tést"}');
INSERT INTO "events" VALUES(94,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',3,'0002-094','bot','2023-12-31 23:59:59.999999','2024-05-01 12:02:16.123456','ingest','{"text":"tést"}');
INSERT INTO "events" VALUES(95,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',4,'0002-095','action','0001-01-01 00:00:00.000000','2024-05-01 12:02:17.123456','','{"action_text":"tést","confidence":0.875,"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"hide_rule_turn":true,"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést","policy":"tést"}');
INSERT INTO "events" VALUES(96,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',5,'01a213d9-27b7-775f-bd52-1ceb2ac826c2','action','2024-05-01 12:02:17.123456','2024-05-01 12:02:17.123456','','{"name":"tést"}');
INSERT INTO "events" VALUES(97,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',6,'0002-097','slot','2023-12-31 23:59:59.999999','2024-05-01 12:02:18.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést","value":["a",{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}]}');
INSERT INTO "events" VALUES(98,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',7,'0002-098','slot','0001-01-01 00:00:00.000000','2024-05-01 12:02:18.123456','Zoë','{"name":"tést"}');
INSERT INTO "events" VALUES(99,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',8,'0002-099','entities','2024-05-01 12:02:19.123456','2024-05-01 12:02:19.123456','ingest','{"entities":[{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(100,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',9,'01a213d9-27ba-728f-bd47-d72b88c1805a','entities','2023-12-31 23:59:59.999999','2024-05-01 12:02:19.123456','ingest','{}');
INSERT INTO "events" VALUES(101,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',10,'0002-101','user_featurization','0001-01-01 00:00:00.000000','2024-05-01 12:02:20.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"use_text_for_featurization":true}');
INSERT INTO "events" VALUES(102,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',11,'0002-102','user_featurization','2024-05-01 12:02:20.123456','2024-05-01 12:02:20.123456','','{}');
INSERT INTO "events" VALUES(103,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',12,'0002-103','session_started','2023-12-31 23:59:59.999999','2024-05-01 12:02:21.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(104,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',13,'01a213d9-27bd-779f-9c80-973c7c1d7ab1','session_started','0001-01-01 00:00:00.000000','2024-05-01 12:02:21.123456','Zoë','{}');
INSERT INTO "events" VALUES(105,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',14,'0002-105','restart','2024-05-01 12:02:22.123456','2024-05-01 12:02:22.123456','ingest','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(106,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',15,'0002-106','restart','2023-12-31 23:59:59.999999','2024-05-01 12:02:22.123456','ingest','{}');
INSERT INTO "events" VALUES(107,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',16,'0002-107','rewind','0001-01-01 00:00:00.000000','2024-05-01 12:02:23.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(108,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',17,'01a213d9-27c0-7433-8a00-80e1e29eab2b','rewind','2024-05-01 12:02:23.123456','2024-05-01 12:02:23.123456','','{}');
INSERT INTO "events" VALUES(109,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',18,'0002-109','undo','2023-12-31 23:59:59.999999','2024-05-01 12:02:24.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(110,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',19,'0002-110','undo','0001-01-01 00:00:00.000000','2024-05-01 12:02:24.123456','Zoë','{}');
INSERT INTO "events" VALUES(111,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',20,'0002-111','reset_slots','2024-05-01 12:02:25.123456','2024-05-01 12:02:25.123456','ingest','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(112,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',21,'01a213d9-27c1-7548-a8b3-ec423681096b','reset_slots','2023-12-31 23:59:59.999999','2024-05-01 12:02:25.123456','ingest','{}');
INSERT INTO "events" VALUES(113,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',22,'0002-113','active_loop','0001-01-01 00:00:00.000000','2024-05-01 12:02:26.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést"}');
INSERT INTO "events" VALUES(114,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',23,'0002-114','active_loop','2024-05-01 12:02:26.123456','2024-05-01 12:02:26.123456','','{}');
INSERT INTO "events" VALUES(115,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',24,'0002-115','loop_interrupted','2023-12-31 23:59:59.999999','2024-05-01 12:02:27.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"is_interrupted":true,"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(116,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',25,'01a213d9-27c2-73bc-aeac-412c189d2bea','loop_interrupted','0001-01-01 00:00:00.000000','2024-05-01 12:02:27.123456','Zoë','{}');
INSERT INTO "events" VALUES(117,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',26,'0002-117','action_execution_rejected','2024-05-01 12:02:28.123456','2024-05-01 12:02:28.123456','ingest','{"confidence":0.875,"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést","policy":"tést"}');
INSERT INTO "events" VALUES(118,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',27,'0002-118','action_execution_rejected','2023-12-31 23:59:59.999999','2024-05-01 12:02:28.123456','ingest','{"name":"tést"}');
INSERT INTO "events" VALUES(119,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',28,'0002-119','followup','0001-01-01 00:00:00.000000','2024-05-01 12:02:29.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést"}');
INSERT INTO "events" VALUES(120,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',29,'01a213d9-27c3-7460-9930-bfea050e9b80','followup','2024-05-01 12:02:29.123456','2024-05-01 12:02:29.123456','','{"name":"tést"}');
INSERT INTO "events" VALUES(121,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',30,'0002-121','pause','2023-12-31 23:59:59.999999','2024-05-01 12:02:30.123456','Zoë','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(122,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',31,'0002-122','pause','0001-01-01 00:00:00.000000','2024-05-01 12:02:30.123456','Zoë','{}');
INSERT INTO "events" VALUES(123,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',32,'0002-123','resume','2024-05-01 12:02:31.123456','2024-05-01 12:02:31.123456','ingest','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(124,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',33,'01a213d9-27c6-750c-b200-0eb60c9bdbf4','resume','2023-12-31 23:59:59.999999','2024-05-01 12:02:31.123456','ingest','{}');
INSERT INTO "events" VALUES(125,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',34,'0002-125','agent','0001-01-01 00:00:00.000000','2024-05-01 12:02:32.123456','','{"data":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"text":"tést"}');
INSERT INTO "events" VALUES(126,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',35,'0002-126','agent','2024-05-01 12:02:32.123456','2024-05-01 12:02:32.123456','','{"text":"tést"}');
INSERT INTO "events" VALUES(127,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',36,'0002-127','reminder','2023-12-31 23:59:59.999999','2024-05-01 12:02:33.123456','Zoë','{"date_time":"tést","entities":["a",{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"intent":"tést","kill_on_user_msg":true,"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést"}');
INSERT INTO "events" VALUES(128,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',37,'01a213d9-27c9-773f-a68d-e2f864d4ff15','reminder','0001-01-01 00:00:00.000000','2024-05-01 12:02:33.123456','Zoë','{}');
INSERT INTO "events" VALUES(129,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',38,'0002-129','cancel_reminder','2024-05-01 12:02:34.123456','2024-05-01 12:02:34.123456','ingest','{"entities":["a",{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"intent":"tést","metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"name":"tést"}');
INSERT INTO "events" VALUES(130,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',39,'0002-130','cancel_reminder','2023-12-31 23:59:59.999999','2024-05-01 12:02:34.123456','ingest','{}');
INSERT INTO "events" VALUES(131,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',40,'0002-131','export','0001-01-01 00:00:00.000000','2024-05-01 12:02:35.123456','','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"path":"tést"}');
INSERT INTO "events" VALUES(132,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',41,'01a213d9-27cb-714a-8366-51bb04eb193f','export','2024-05-01 12:02:35.123456','2024-05-01 12:02:35.123456','','{}');
INSERT INTO "events" VALUES(133,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',42,'0002-133','opaque','2023-12-31 23:59:59.999999','2024-05-01 12:02:36.123456','Zoë','{"data":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"kind":"tést","metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}}');
INSERT INTO "events" VALUES(134,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',43,'0002-134','opaque','0001-01-01 00:00:00.000000','2024-05-01 12:02:36.123456','Zoë','{"kind":"tést"}');
INSERT INTO "events" VALUES(135,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',44,'0002-135','session_recorded','2024-05-01 12:02:37.123456','2024-05-01 12:02:37.123456','ingest','{"extra":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"metadata":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"origin":"tést","source":"tést"}');
INSERT INTO "events" VALUES(136,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',45,'01a213d9-27d1-751e-9812-d421e8dfd942','session_recorded','2023-12-31 23:59:59.999999','2024-05-01 12:02:37.123456','ingest','{"source":"tést"}');
INSERT INTO "events" VALUES(137,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',46,'0002-137','intent_ranked','0001-01-01 00:00:00.000000','2024-05-01 12:02:38.123456','','{"about":"tést","entities":[{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"model":"tést","ranking":[["greet",0.75],["bye",0.25]]}');
INSERT INTO "events" VALUES(138,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',47,'0002-138','intent_ranked','2024-05-01 12:02:38.123456','2024-05-01 12:02:38.123456','','{"about":"tést","model":"tést","ranking":[["greet",0.75],["bye",0.25]]}');
INSERT INTO "events" VALUES(139,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',48,'0002-139','action_ranked','2023-12-31 23:59:59.999999','2024-05-01 12:02:39.123456','Zoë','{"about":"tést","late":true,"model":"tést","policy":"tést","ranking":[["greet",0.75],["bye",0.25]]}');
INSERT INTO "events" VALUES(140,'session/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80',49,'01a213d9-27d8-74f7-9ec1-ff182c72bb0d','action_ranked','0001-01-01 00:00:00.000000','2024-05-01 12:02:39.123456','Zoë','{"about":"tést","model":"tést","ranking":[["greet",0.75],["bye",0.25]]}');
INSERT INTO "events" VALUES(141,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',0,'0002-141','step_confirmed','2024-05-01 12:02:40.123456','2024-05-01 12:02:40.123456','ingest','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(142,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',1,'0002-142','step_confirmed','2023-12-31 23:59:59.999999','2024-05-01 12:02:40.123456','ingest','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(143,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',2,'0002-143','rest_confirmed','0001-01-01 00:00:00.000000','2024-05-01 12:02:41.123456','','{"made_on":7,"step":"tést","steps":["e1","e2"]}');
INSERT INTO "events" VALUES(144,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',3,'01a213d9-27dc-75e8-8202-8ed21d333710','rest_confirmed','2024-05-01 12:02:41.123456','2024-05-01 12:02:41.123456','','{"made_on":7,"step":"tést","steps":["e1","e2"]}');
INSERT INTO "events" VALUES(145,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',4,'0002-145','action_corrected','2023-12-31 23:59:59.999999','2024-05-01 12:02:42.123456','Zoë','{"action":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(146,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',5,'0002-146','action_corrected','0001-01-01 00:00:00.000000','2024-05-01 12:02:42.123456','Zoë','{"action":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(147,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',6,'0002-147','intent_corrected','2024-05-01 12:02:43.123456','2024-05-01 12:02:43.123456','ingest','{"intent":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(148,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',7,'01a213d9-27e1-745d-8b27-1fa6d8f7e16a','intent_corrected','2023-12-31 23:59:59.999999','2024-05-01 12:02:43.123456','ingest','{"intent":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(149,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',8,'0002-149','entities_corrected','0001-01-01 00:00:00.000000','2024-05-01 12:02:44.123456','','{"entities":[{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(150,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',9,'0002-150','entities_corrected','2024-05-01 12:02:44.123456','2024-05-01 12:02:44.123456','','{"entities":[{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}],"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(151,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',10,'0002-151','slot_corrected','2023-12-31 23:59:59.999999','2024-05-01 12:02:45.123456','Zoë','{"made_on":7,"name":"tést","step":"tést","value":["a",{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0}]}');
INSERT INTO "events" VALUES(152,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',11,'01a213d9-27e3-741c-830c-0fd4ed9f47b4','slot_corrected','0001-01-01 00:00:00.000000','2024-05-01 12:02:45.123456','Zoë','{"made_on":7,"name":"tést","step":"tést"}');
INSERT INTO "events" VALUES(153,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',12,'0002-153','action_inserted','2024-05-01 12:02:46.123456','2024-05-01 12:02:46.123456','ingest','{"action":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(154,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',13,'0002-154','action_inserted','2023-12-31 23:59:59.999999','2024-05-01 12:02:46.123456','ingest','{"action":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(155,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',14,'0002-155','action_removed','0001-01-01 00:00:00.000000','2024-05-01 12:02:47.123456','','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(156,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',15,'01a213d9-27e5-70a2-b6f7-3e176253d1ae','action_removed','2024-05-01 12:02:47.123456','2024-05-01 12:02:47.123456','','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(157,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',16,'0002-157','session_cut','2023-12-31 23:59:59.999999','2024-05-01 12:02:48.123456','Zoë','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(158,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',17,'0002-158','session_cut','0001-01-01 00:00:00.000000','2024-05-01 12:02:48.123456','Zoë','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(159,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',18,'0002-159','rest_kept','2024-05-01 12:02:49.123456','2024-05-01 12:02:49.123456','ingest','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(160,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',19,'01a213d9-27e8-728c-9e1a-9ae93b15b27d','rest_kept','2023-12-31 23:59:59.999999','2024-05-01 12:02:49.123456','ingest','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(161,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',20,'0002-161','step_unsure','0001-01-01 00:00:00.000000','2024-05-01 12:02:50.123456','','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(162,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',21,'0002-162','step_unsure','2024-05-01 12:02:50.123456','2024-05-01 12:02:50.123456','','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(163,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',22,'0002-163','step_skipped','2023-12-31 23:59:59.999999','2024-05-01 12:02:51.123456','Zoë','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(164,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',23,'01a213d9-27eb-779b-b61f-9e0149a3ff46','step_skipped','0001-01-01 00:00:00.000000','2024-05-01 12:02:51.123456','Zoë','{"made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(165,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',24,'0002-165','step_noted','2024-05-01 12:02:52.123456','2024-05-01 12:02:52.123456','ingest','{"made_on":7,"step":"tést","text":"tést"}');
INSERT INTO "events" VALUES(166,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',25,'0002-166','step_noted','2023-12-31 23:59:59.999999','2024-05-01 12:02:52.123456','ingest','{"made_on":7,"step":"tést","text":"tést"}');
INSERT INTO "events" VALUES(167,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',26,'0002-167','step_flagged','0001-01-01 00:00:00.000000','2024-05-01 12:02:53.123456','','{"flag":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(168,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',27,'01a213d9-27ee-7146-b055-ed805ea3684a','step_flagged','2024-05-01 12:02:53.123456','2024-05-01 12:02:53.123456','','{"flag":"tést","made_on":7,"step":"tést"}');
INSERT INTO "events" VALUES(169,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',28,'0002-169','response_written','2023-12-31 23:59:59.999999','2024-05-01 12:02:54.123456','Zoë','{"made_on":7,"name":"tést","step":"tést","text":"tést"}');
INSERT INTO "events" VALUES(170,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',29,'0002-170','response_written','0001-01-01 00:00:00.000000','2024-05-01 12:02:54.123456','Zoë','{"made_on":7,"name":"tést","step":"tést","text":"tést"}');
INSERT INTO "events" VALUES(171,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',30,'0002-171','decision_undone','2024-05-01 12:02:55.123456','2024-05-01 12:02:55.123456','ingest','{"decision":"tést"}');
INSERT INTO "events" VALUES(172,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',31,'01a213d9-27f0-7166-bfff-bfca08e94ef3','decision_undone','2023-12-31 23:59:59.999999','2024-05-01 12:02:55.123456','ingest','{"decision":"tést"}');
INSERT INTO "events" VALUES(173,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',32,'0002-173','decision_redone','0001-01-01 00:00:00.000000','2024-05-01 12:02:56.123456','','{"decision":"tést"}');
INSERT INTO "events" VALUES(174,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',33,'0002-174','decision_redone','2024-05-01 12:02:56.123456','2024-05-01 12:02:56.123456','','{"decision":"tést"}');
INSERT INTO "events" VALUES(175,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',34,'0002-175','review_submitted','2023-12-31 23:59:59.999999','2024-05-01 12:02:57.123456','Zoë','{"session_version":7}');
INSERT INTO "events" VALUES(176,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',35,'01a213d9-27f2-767e-a18e-0d2a8e27b640','review_submitted','0001-01-01 00:00:00.000000','2024-05-01 12:02:57.123456','Zoë','{"session_version":7}');
INSERT INTO "events" VALUES(177,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',36,'0002-177','review_reopened','2024-05-01 12:02:58.123456','2024-05-01 12:02:58.123456','ingest','{}');
INSERT INTO "events" VALUES(178,'review/a%2Fb%20Zo%C3%AB%20%F0%9F%98%80/ben',37,'0002-178','review_reopened','2023-12-31 23:59:59.999999','2024-05-01 12:02:58.123456','ingest','{}');
INSERT INTO "events" VALUES(179,'export/ea',0,'0002-179','sessions_exported','0001-01-01 00:00:00.000000','2024-05-01 12:02:59.123456','','{"counts":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"digest":"tést","log_position":7}');
INSERT INTO "events" VALUES(180,'export/ea',1,'01a213d9-27f4-7028-8fe7-32193b0d42f2','sessions_exported','2024-05-01 12:02:59.123456','2024-05-01 12:02:59.123456','','{"counts":{"name":"größer 😀","parts":[1,2.5,null,true,{"x":"y"}],"start":0},"digest":"tést","log_position":7}');
CREATE TABLE review_list (
	annotator TEXT NOT NULL, 
	session TEXT NOT NULL, 
	status TEXT NOT NULL, 
	decided INTEGER NOT NULL, 
	corrected INTEGER NOT NULL, 
	flags TEXT NOT NULL, 
	notes INTEGER NOT NULL, 
	PRIMARY KEY (annotator, session)
);
INSERT INTO "review_list" VALUES('ana','visitor-1','in progress',0,0,'',0);
INSERT INTO "review_list" VALUES('ben','a/b Zoë 😀','in progress',0,0,'',0);
CREATE TABLE session_label (
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	session TEXT NOT NULL, 
	PRIMARY KEY (kind, name, session)
);
INSERT INTO "session_label" VALUES('action','tést','visitor-1');
INSERT INTO "session_label" VALUES('action','tést','a/b Zoë 😀');
CREATE TABLE session_list (
	id TEXT NOT NULL, 
	source TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	started DATETIME, 
	ended DATETIME, 
	messages INTEGER NOT NULL, 
	questions INTEGER NOT NULL, 
	episodes INTEGER NOT NULL, 
	intent_confidence FLOAT, 
	action_confidence FLOAT, 
	confidence FLOAT, 
	doubtful TEXT, 
	opening TEXT NOT NULL, 
	search_text TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "session_list" VALUES('visitor-1','tést','tést','2023-12-31 23:59:59.999999','0001-01-01 00:00:00.000000',2,3,1,NULL,0.875,0.875,'0002-005','tést','visitor-1
tést
tést
tést
tést
tést
tést');
INSERT INTO "session_list" VALUES('a/b Zoë 😀','tést','tést','2023-12-31 23:59:59.999999','0001-01-01 00:00:00.000000',2,3,1,NULL,0.875,0.875,'0002-095','tést','a/b zoë 😀
tést
tést
tést
tést
tést
tést');
CREATE TRIGGER events_keep_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER events_keep_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER events_keep_replace BEFORE INSERT ON events WHEN
        EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
        OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
        OR EXISTS (SELECT 1 FROM events WHERE stream = NEW.stream AND version = NEW.version) BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE INDEX ix_session_list_source ON session_list (source);
CREATE INDEX ix_session_list_ended ON session_list (ended);
CREATE INDEX ix_session_list_messages ON session_list (messages);
CREATE INDEX ix_session_list_confidence ON session_list (confidence);
CREATE INDEX ix_session_label_session ON session_label (session);
CREATE INDEX ix_review_list_session ON review_list (session);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',180);
COMMIT;
