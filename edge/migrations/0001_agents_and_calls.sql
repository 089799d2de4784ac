-- Instants are milliseconds since 1970. A version is never changed once it is written.
CREATE TABLE agents (
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER
) STRICT;

CREATE TABLE agent_versions (
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT;

-- One row for each call: what a list shows. The call itself is in its Durable Object.
CREATE TABLE calls (
  call_sid TEXT PRIMARY KEY,
  agent TEXT,
  agent_version INTEGER,
  status TEXT NOT NULL,
  direction TEXT,
  "from" TEXT,
  "to" TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  duration_ms INTEGER,
  end_reason TEXT,
  turns INTEGER NOT NULL DEFAULT 0,
  cost_micros INTEGER,
  currency TEXT,
  language TEXT,
  has_recording INTEGER NOT NULL DEFAULT 0,
  summary TEXT
) STRICT;

CREATE INDEX calls_by_start ON calls (started_at DESC, call_sid DESC);

CREATE INDEX calls_by_agent ON calls (agent, started_at DESC, call_sid DESC);

CREATE INDEX calls_by_from ON calls ("from", started_at DESC, call_sid DESC);

CREATE INDEX calls_by_to ON calls ("to", started_at DESC, call_sid DESC);
