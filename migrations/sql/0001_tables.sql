-- History: entry, posting, request_key, subtree, undone. Insert-only, and only by append_batch.
-- Running state: head, balance, delta, hold, hold_pair, account, period, subject_version. Changed only by append_batch.
-- Erasable: detail. Projections of others: payee (writer), month_total and cursor (projector), access (access_writer).
-- Schema phb itself is made by migrations/env.py: alembic's own table is in it.

CREATE TABLE phb.book (
    book_id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z][A-Z0-9]{1,15}$'),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    nature text NOT NULL CHECK (nature IN ('live', 'synthetic', 'open_data')),
    first_day date NOT NULL
);

CREATE TABLE phb.head (
    book_id integer PRIMARY KEY REFERENCES phb.book,
    size bigint NOT NULL,
    root bytea NOT NULL,
    frontier bytea NOT NULL,
    last_us bigint NOT NULL,
    origin text NOT NULL,
    system_identifier text NOT NULL,
    timeline integer NOT NULL,
    next_account_id integer NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE phb.entry (
    book_id integer NOT NULL,
    number bigint NOT NULL,
    recorded_us bigint NOT NULL,
    kind text NOT NULL,
    effective_on date,
    body text NOT NULL,
    leaf bytea NOT NULL,
    PRIMARY KEY (book_id, number)
);

CREATE TABLE phb.account (
    book_id integer NOT NULL,
    account_id integer NOT NULL,
    code text NOT NULL COLLATE "C",
    class text NOT NULL,
    layer text NOT NULL,
    balance_group text NOT NULL,
    type text NOT NULL,
    normal text NOT NULL,
    floor bigint,
    ceiling bigint,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'frozen', 'closed')),
    tags jsonb NOT NULL,
    person_ref text,
    opened_number bigint NOT NULL,
    -- The book comes last: with it first, one index does for half of the other's question, and a plan that is made
    -- while the table is new and without statistics takes the wrong one and reads every account for each leg.
    PRIMARY KEY (account_id, book_id),
    UNIQUE (code, book_id)
);
CREATE INDEX account_person ON phb.account (book_id, person_ref) WHERE person_ref IS NOT NULL;

CREATE TABLE phb.posting (
    book_id integer NOT NULL,
    account_id integer NOT NULL,
    number bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    balance_after bigint NOT NULL,
    effective_on date NOT NULL,
    PRIMARY KEY (book_id, account_id, number)
);

CREATE TABLE phb.balance (
    book_id integer NOT NULL,
    account_id integer NOT NULL,
    balance bigint NOT NULL DEFAULT 0,
    debit bigint NOT NULL DEFAULT 0,
    credit bigint NOT NULL DEFAULT 0,
    postings bigint NOT NULL DEFAULT 0,
    last_number bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (book_id, account_id),
    CHECK (balance = debit - credit)
) WITH (fillfactor = 50);

CREATE TABLE phb.delta (
    book_id integer NOT NULL,
    account_id integer NOT NULL,
    day date NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    PRIMARY KEY (book_id, account_id, day)
) WITH (fillfactor = 70);

CREATE TABLE phb.request_key (
    book_id integer NOT NULL,
    key bytea NOT NULL,
    number bigint NOT NULL,
    entries smallint NOT NULL,
    tree_size bigint NOT NULL,
    prints bytea NOT NULL,
    PRIMARY KEY (book_id, key)
);

CREATE TABLE phb.subtree (
    book_id integer NOT NULL,
    level smallint NOT NULL,
    index bigint NOT NULL,
    root bytea NOT NULL,
    PRIMARY KEY (book_id, level, index)
);

CREATE TABLE phb.hold (
    book_id integer NOT NULL,
    number bigint NOT NULL,
    purpose text NOT NULL,
    subject text,
    expires_us bigint,
    closed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (book_id, number)
);
CREATE INDEX hold_due ON phb.hold (book_id, expires_us) WHERE NOT closed AND expires_us IS NOT NULL;

CREATE TABLE phb.hold_pair (
    book_id integer NOT NULL,
    number bigint NOT NULL,
    holding_id integer NOT NULL,
    origin_id integer NOT NULL,
    placed bigint NOT NULL CHECK (placed > 0),
    remaining bigint NOT NULL CHECK (remaining >= 0 AND remaining <= placed),
    PRIMARY KEY (book_id, number, holding_id)
);
CREATE INDEX hold_pair_holding ON phb.hold_pair (book_id, holding_id) WHERE remaining > 0;
CREATE INDEX hold_pair_origin ON phb.hold_pair (book_id, origin_id) WHERE remaining > 0;

-- One row for each movement that was reversed or corrected: the primary key is what makes it happen once.
CREATE TABLE phb.undone (
    book_id integer NOT NULL,
    number bigint NOT NULL,
    undone_by bigint NOT NULL,
    PRIMARY KEY (book_id, number),
    UNIQUE (book_id, undone_by)
);

CREATE TABLE phb.period (
    book_id integer NOT NULL,
    period text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    closed boolean NOT NULL,
    actor text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (book_id, period)
);

CREATE TABLE phb.subject_version (
    book_id integer NOT NULL,
    subject text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (book_id, subject)
) WITH (fillfactor = 70);

CREATE TABLE phb.detail (
    book_id integer NOT NULL,
    number bigint NOT NULL,
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
    content bytea NOT NULL,
    PRIMARY KEY (book_id, number)
);

CREATE TABLE phb.erased (
    book_id integer NOT NULL,
    number bigint NOT NULL,
    erased_by bigint NOT NULL,
    PRIMARY KEY (book_id, number)
);

-- A payee's name is in the detail of its `payee` entry; `lookup` is a keyed hash of it and goes with it.
CREATE TABLE phb.payee (
    book_id integer NOT NULL,
    payee_ref text NOT NULL,
    lookup bytea,
    number bigint NOT NULL,
    PRIMARY KEY (book_id, payee_ref)
);
CREATE UNIQUE INDEX payee_lookup ON phb.payee (book_id, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE phb.month_total (
    book_id integer NOT NULL,
    account_id integer NOT NULL,
    effect_month date NOT NULL,
    recorded_month date NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    postings bigint NOT NULL,
    PRIMARY KEY (book_id, account_id, effect_month, recorded_month)
) WITH (fillfactor = 70);

CREATE TABLE phb.cursor (
    book_id integer NOT NULL,
    name text NOT NULL,
    through_entry bigint NOT NULL,
    PRIMARY KEY (book_id, name)
);

CREATE TABLE phb.access (
    access_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    book_id integer NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    client text NOT NULL,
    actor text NOT NULL,
    act text NOT NULL,
    subject text,
    request_id text NOT NULL,
    purpose text,
    outcome text NOT NULL DEFAULT 'allow' CHECK (outcome IN ('allow', 'deny')),
    rule text
);
CREATE INDEX access_subject ON phb.access (book_id, subject, access_id);
