"""The SQL of the end of a year: how the year, a line of it or a fund's own money stands, read at once. Values are parameters."""

YEAR_END = """
WITH said AS MATERIALIZED (
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref
    FROM (VALUES ('year_end/' || $2), ('year_end/' || $2 || '/line/' || $4), ('year_end/' || $2 || '/fund/' || $5),
                 ('decision/' || $7::bigint)) AS u(subject)
    JOIN phb.register r ON r.book_id = $1 AND r.subject = u.subject COLLATE "C"
    UNION
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref
    FROM phb.register r WHERE r.book_id = $1 AND r.number = $7
    UNION
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref
    FROM phb.register r WHERE r.book_id = $1 AND r.subject = 'line/' || $4 AND r.kind = 'line'
), whose AS MATERIALIZED (
    SELECT s.person_ref AS person, ('person/' || s.person_ref) COLLATE "default" AS subject
    FROM said s WHERE s.kind = 'line' ORDER BY s.number DESC LIMIT 1
), since AS MATERIALIZED (
    -- A confirmation is of the word before it, which its guard saw to.
    SELECT coalesce($6::bigint, (SELECT s.number FROM said s WHERE s.subject = 'year_end/' || $2
                                 ORDER BY s.number DESC OFFSET 1 LIMIT 1)) AS number
), held AS MATERIALIZED (
    SELECT p.number, h.purpose, h.expires_us, a.code, p.remaining
    FROM whose w
    JOIN phb.account a ON a.book_id = $1 AND a.person_ref = w.person AND a.class = 'held' AND a.tags ->> 'line' = $4
                      AND a.tags ->> 'year' = $2
    JOIN phb.hold_pair p ON p.book_id = $1 AND p.holding_id = a.account_id AND p.remaining > 0
    JOIN phb.hold h ON h.book_id = $1 AND h.number = p.number AND NOT h.closed
), ordered AS MATERIALIZED (
    SELECT x.number, x.number - 1 AS decision FROM (SELECT DISTINCT h.number FROM held h) AS x
), evidence AS MATERIALIZED (
    SELECT r.number, r.subject, r.act, r.attributes
    FROM whose w JOIN phb.register r ON r.book_id = $1 AND r.person_ref = w.person AND r.kind = 'evidence'
    WHERE EXISTS (SELECT FROM ordered)
), came_back AS MATERIALIZED (
    SELECT b.attributes ->> 'of' AS of, sum((b.attributes ->> 'amount')::bigint)::bigint AS pence FROM evidence b
    WHERE b.act IN ('credit_accepted', 'refund_taken') GROUP BY 1
), stands AS (
    SELECT e.number, (e.attributes ->> 'hold')::bigint AS hold, (e.attributes ->> 'amount')::bigint AS amount,
           coalesce((e.attributes ->> 'quantity')::bigint, 0) AS quantity, coalesce(b.pence, 0) AS back
    FROM evidence e LEFT JOIN came_back b ON b.of = e.number::text
    WHERE e.act IN ('invoice_accepted', 'reimbursement_accepted', 'payment_assigned', 'uninvoiced_accepted')
      AND e.attributes ->> 'hold' IN (SELECT o.number::text FROM ordered o)
      AND NOT EXISTS (SELECT FROM evidence l WHERE l.subject = e.subject AND l.number > e.number
                        AND CASE e.act WHEN 'payment_assigned' THEN l.act = 'reversed' AND l.attributes ->> 'of' = e.number::text
                            ELSE l.act IN ('invoice_accepted', 'reimbursement_accepted', 'uninvoiced_accepted', 'reversed') END)
)
SELECT json_build_object(
    'size', (SELECT h.size FROM phb.head h WHERE h.book_id = $1),
    'said', (SELECT coalesce(json_agg(json_build_array(s.number, s.kind, s.subject, s.act, s.day, s.attributes, s.person_ref)
                                      ORDER BY s.number), '[]') FROM said s),
    'approved', (SELECT json_build_array(e.number, e.body, u.undone_by, d.erased_by) FROM phb.entry e
                 LEFT JOIN phb.undone u ON u.book_id = $1 AND u.number = e.number
                 LEFT JOIN phb.erased d ON d.book_id = $1 AND d.number = e.number WHERE e.book_id = $1 AND e.number = $7),
    'rules', (SELECT coalesce(json_agg(json_build_array(substr(r.subject, 7), r.act) ORDER BY r.number), '[]')
              FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'setting' AND r.person_ref IS NULL
                AND starts_with(r.subject, 'carry/') AND r.attributes ->> 'from' <= $3),
    'prepaid', $8::boolean AND EXISTS (
        SELECT FROM phb.account a JOIN phb.balance b ON b.book_id = $1 AND b.account_id = a.account_id
        WHERE a.book_id = $1 AND a.class = 'prepayment' AND a.tags ->> 'year' = $2 AND b.balance <> 0),
    'lines', (SELECT coalesce(json_agg(json_build_array(a.tags ->> 'line', a.person_ref, a.tags ->> 'fund', a.class, b.balance)
                                       ORDER BY a.tags ->> 'line', a.tags ->> 'fund', a.class), '[]')
              FROM phb.account a JOIN phb.balance b ON b.book_id = $1 AND b.account_id = a.account_id
              WHERE $8::boolean AND a.book_id = $1 AND a.layer = 'budget' AND a.tags ? 'share' AND a.tags ->> 'year' = $2
                AND b.balance <> 0 AND a.class NOT IN ('spent', 'lost')),
    'funds', (SELECT coalesce(json_agg(json_build_array(a.tags ->> 'fund', a.tags ->> 'fund_kind', b.balance)
                                       ORDER BY a.tags ->> 'fund'), '[]')
              FROM phb.account a JOIN phb.balance b ON b.book_id = $1 AND b.account_id = a.account_id
              WHERE $4::text IS NULL AND a.book_id = $1 AND a.class = 'unallocated' AND a.tags ->> 'year' = $2),
    'version', coalesce((SELECT v.number FROM whose w
                         CROSS JOIN LATERAL (SELECT v.number FROM phb.subject_version v
                                             WHERE v.book_id = $1 AND v.subject = w.subject OFFSET 0) AS v), 0),
    'balances', (SELECT coalesce(json_object_agg(a.code, coalesce(b.balance, 0)), '{}')
                 FROM whose w
                 JOIN phb.account a ON a.book_id = $1 AND a.person_ref = w.person AND a.layer = 'budget' AND a.tags ->> 'line' = $4
                 LEFT JOIN phb.balance b ON b.book_id = $1 AND b.account_id = a.account_id),
    'orders', (SELECT coalesce(json_agg(json_build_array(h.number, h.purpose, h.expires_us, h.code, h.remaining)
                                        ORDER BY h.number, h.code), '[]') FROM held h),
    'decisions', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)), '[]')
                  FROM ordered o JOIN phb.register r ON r.book_id = $1 AND r.number = o.decision),
    'used', (SELECT coalesce(json_agg(json_build_array(s.hold, s.amount, s.quantity, s.back)), '[]') FROM stands s),
    'changed', EXISTS (
        SELECT FROM phb.account a
        JOIN phb.posting p USING (book_id, account_id)
        JOIN phb.entry e USING (book_id, number)
        WHERE a.book_id = $1 AND a.layer = 'budget' AND a.tags ->> 'year' = $2 AND p.number > (SELECT x.number FROM since x)
          AND (($4::text IS NULL AND $5::text IS NULL) OR a.tags ->> 'line' = $4
               OR (a.class = 'unallocated' AND a.tags ->> 'fund' = $5))
          AND NOT EXISTS (
              SELECT FROM phb.register r
              WHERE r.book_id = $1 AND r.kind = 'setting' AND starts_with(r.subject, 'year_end/' || $2 || '/')
                AND r.number BETWEEN p.number - 60 AND p.number - 1
                AND (split_part(e.body, '|', 15) = r.number::text
                     OR (split_part(e.body, '|', 6) = '30' AND r.attributes ->> 'line' = a.tags ->> 'line')))
    ) OR EXISTS (
        SELECT FROM phb.register r
        WHERE r.book_id = $1 AND r.kind = 'setting' AND starts_with(r.subject, 'carry/')
          AND r.number > (SELECT x.number FROM since x) AND r.attributes ->> 'from' <= $3)
)::text AS year
"""
"""How a year stands at its end, in one statement and so of one moment. $1 book, $2 year, $3 its last day, $4 a line or $5 a fund's
own money (both NULL: all of the year), $6 the proposal that has to stand (NULL: the word before the last), $7 an approval that is
named, $8 whether what every line and fund has left is wanted. `changed` says whether anything but the end of the year itself has
moved that authority, or a rule was set, since the proposal; a group has fifty entries at most. `used` is what used the line's open
orders and was not reversed: its hold, pence, hundredths of units, and pence that came back of it."""
