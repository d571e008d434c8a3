-- Sessions, takes and what was heard in them. Moments are seconds since 1970 (UTC); `local_day`
-- is the player's own calendar day, which neither a time zone nor summer time moves afterwards.

CREATE TABLE session (
    session_id   INTEGER PRIMARY KEY,
    uid          TEXT NOT NULL UNIQUE,
    started_utc_s  REAL NOT NULL,
    started_at   TEXT NOT NULL,
    local_day    TEXT NOT NULL,
    ended_utc_s  REAL,
    kind         TEXT NOT NULL CHECK (kind IN ('free', 'plan', 'baseline', 'reassessment')),
    plan_name    TEXT,
    plan_sha256  TEXT
) STRICT;
CREATE INDEX session_by_day ON session (local_day);

CREATE TABLE take (
    take_id        INTEGER PRIMARY KEY,
    uid            TEXT NOT NULL UNIQUE,
    session_id     INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    started_utc_s  REAL NOT NULL,
    started_at     TEXT NOT NULL,
    local_day      TEXT NOT NULL,
    instrument     TEXT NOT NULL,
    drill          TEXT,
    bpm            REAL,
    beats          TEXT,
    subdivision    TEXT,
    duration_s     REAL NOT NULL DEFAULT 0,
    sounding_s     REAL NOT NULL DEFAULT 0,
    loud_s         REAL NOT NULL DEFAULT 0,
    n_notes        INTEGER NOT NULL DEFAULT 0,
    noise_dbfs     REAL,
    input_device   TEXT,
    output_device  TEXT,
    lag_s          REAL,
    finding        TEXT NOT NULL DEFAULT '',
    state          TEXT NOT NULL CHECK (state IN ('running', 'complete', 'cut off')),
    audio_name     TEXT,
    audio_bytes    INTEGER,
    heard_by       TEXT NOT NULL
) STRICT;
CREATE INDEX take_by_day ON take (local_day);
CREATE INDEX take_by_session ON take (session_id);
CREATE INDEX take_by_drill ON take (drill, bpm);

CREATE TABLE note (
    take_id      INTEGER NOT NULL REFERENCES take ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    onset_s      REAL NOT NULL,
    length_s     REAL,
    deviation_s  REAL,
    level_dbfs   REAL,
    attack_s     REAL,
    dip_db       REAL,
    pitch_midi   REAL,
    PRIMARY KEY (take_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    take_id      INTEGER NOT NULL REFERENCES take ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    first_note   INTEGER NOT NULL,
    n_notes      INTEGER NOT NULL,
    direction    TEXT NOT NULL,
    sd_ioi_s     REAL,
    mean_ioi_s   REAL,
    PRIMARY KEY (take_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE measure (
    take_id         INTEGER NOT NULL REFERENCES take ON DELETE CASCADE,
    key             TEXT NOT NULL,
    unit            TEXT NOT NULL,
    n               INTEGER NOT NULL,
    value           REAL,
    low             REAL,
    high            REAL,
    detector_error  REAL,
    reason          TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (take_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE remark (
    remark_id   INTEGER PRIMARY KEY,
    uid         TEXT NOT NULL UNIQUE,
    session_id  INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    take_id     INTEGER REFERENCES take ON DELETE CASCADE,
    made_utc_s  REAL NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('effort', 'pain', 'note', 'tag', 'rest', 'stop')),
    number      REAL,
    text        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX remark_by_session ON remark (session_id);
CREATE INDEX remark_by_take ON remark (take_id);
