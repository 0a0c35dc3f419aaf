-- What is remembered of jobs. One row for each thing that a job does by itself ("home",
-- "home verify"); `record` is JSON (daemon/agenda/job_record.hpp).
CREATE TABLE job_states (
    task TEXT PRIMARY KEY,
    record TEXT NOT NULL
) STRICT;
