"""The SQL of reports about money owed: identities R5 and R8, and the lists of debts, losses and notices. Values are parameters."""

DEMANDS_ARE_NOT_OVERPAID = """
SELECT count(*) AS checked,
       min(subject || ' has ' || outstanding || ' outstanding') FILTER (WHERE outstanding < 0 OR NOT begun) AS first
FROM (SELECT r.subject, bool_or(r.act = 'demanded') AS begun,
             sum(CASE WHEN r.act IN ('demanded', 'repayment_returned') THEN 1 ELSE -1 END * (r.attributes ->> 'amount')::bigint)
             AS outstanding
      FROM phb.register r
      WHERE r.book_id = $1 AND r.kind = 'notice' AND r.act = ANY ($2::text[]) GROUP BY 1) AS x
"""
"""$2 the acts of a demand that state an amount. Demanded = repaid + offset + waived + written off + withdrawn + outstanding, which
is what outstanding is; and it is never below zero."""

PEOPLE_OWE_WHAT_IS_OUTSTANDING = """
WITH outstanding AS (
    SELECT r.person_ref, 'receivable/reclaim/' || (r.attributes ->> 'debtor') || '/' || r.person_ref AS code,
           sum(CASE WHEN r.act IN ('demanded', 'repayment_returned') THEN 1 ELSE -1 END * (r.attributes ->> 'amount')::bigint)
           AS total
    FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'notice' AND r.act = ANY ($2::text[]) GROUP BY 1, 2
), owed AS (
    SELECT a.person_ref, a.code, b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
    WHERE a.book_id = $1 AND a.class = 'receivable/reclaim'
), found AS (
    SELECT coalesce(o.code, d.code) AS code, coalesce(o.balance, 0) AS owes, coalesce(d.total, 0) AS should
    FROM owed o FULL JOIN outstanding d USING (code)
)
SELECT (SELECT count(DISTINCT a.person_ref) FROM phb.account a WHERE a.book_id = $1 AND a.person_ref IS NOT NULL) AS checked,
       min(code || ' owes ' || owes || ' and its demands ' || should) FILTER (WHERE owes <> should) AS first
FROM found
"""
"""Every person is looked at: of who was demanded nothing, nothing is owed. $2 as above."""

SURPLUSES_ARE_NOT_OVERDRAWN = """
SELECT count(*) AS checked,
       min(subject || ' is ' || determined || ' and ' || taken || ' was offset') FILTER (WHERE taken > determined) AS first
FROM (SELECT r.subject,
             coalesce(sum((r.attributes ->> 'amount')::bigint) FILTER (WHERE r.act = 'surplus_determined'), 0) AS determined,
             coalesce(sum((r.attributes ->> 'amount')::bigint) FILTER (WHERE r.act = 'offset'), 0) AS taken
      FROM phb.register r
      WHERE r.book_id = $1 AND r.kind = 'review' AND r.act IN ('surplus_determined', 'offset') GROUP BY 1) AS x
"""
LOSSES_HAVE_THEIR_ROW = """
WITH posted AS (
    SELECT p.number, split_part(e.body, '|', 15)::bigint + 1 AS row_of, min(split_part(a.code, '/', 2)) AS loss,
           min(a.tags ->> 'line') AS line, sum(p.amount) AS total, count(DISTINCT split_part(a.code, '/', 2)) AS classes
    FROM phb.account a JOIN phb.posting p USING (book_id, account_id) JOIN phb.entry e USING (book_id, number)
    WHERE a.book_id = $1 AND a.class = 'loss' GROUP BY 1, 2
), said AS (
    SELECT r.number AS row_of, r.subject, r.attributes AS given FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'review' AND r.act = 'loss_recorded'
)
SELECT count(*) AS checked,
       (array_agg(CASE WHEN s.row_of IS NULL THEN 'entry ' || p.number || ' is in no losses register'
                       ELSE s.subject || ' is ' || (s.given ->> 'amount') || ' and ' || coalesce(p.total, 0) || ' was lost' END
                  ORDER BY row_of)
        FILTER (WHERE p.number IS NULL OR s.row_of IS NULL OR p.total <> (s.given ->> 'amount')::bigint OR p.classes <> 1
                OR p.loss <> s.given ->> 'loss' OR p.line <> s.given ->> 'line'))[1] AS first
FROM posted p FULL JOIN said s USING (row_of)
"""
"""The row of a loss is the entry after the decision that its posting names."""

LOSSES_ARE_WITHIN_THEIR_LIMIT = """
SELECT count(*) AS checked, min(r.subject || ' has nobody who could approve it') FILTER (
           WHERE coalesce(r.attributes ->> 'authority', '') = '' OR NOT (
               r.given_up <= (r.attributes ->> 'limit')::bigint
               OR EXISTS (SELECT FROM phb.register d
                          WHERE d.book_id = $1 AND d.subject = 'decision/' || (r.attributes ->> 'approved')
                            AND d.act = 'approval' AND d.attributes ->> 'outcome' = 'allow'
                            AND (d.attributes ->> 'limit')::bigint >= (r.attributes ->> 'amount')::bigint))) AS first
FROM (SELECT l.subject, l.attributes, sum((l.attributes ->> 'amount')::bigint) OVER (
          PARTITION BY coalesce('demand/' || (l.attributes ->> 'demand'), 'question/' || (l.attributes ->> 'question'), l.subject),
                       l.attributes ->> 'loss' = 'claim_waived' ORDER BY l.number) AS given_up
      FROM phb.register l WHERE l.book_id = $1 AND l.kind = 'review' AND l.act = 'loss_recorded') AS r
"""
"""What one person may give up is a limit for a demand or a question as a whole, by waiving and by writing off."""

LOST_IS_WHAT_THE_REGISTER_SAYS = """
SELECT count(*) AS checked, min(x.line || ' lost ' || x.lost || ' and its register says ' || coalesce(s.total, 0))
       FILTER (WHERE x.lost <> coalesce(s.total, 0)) AS first
FROM (SELECT a.tags ->> 'line' AS line, sum(b.balance) AS lost FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.class = 'loss' GROUP BY 1) AS x
LEFT JOIN (SELECT r.attributes ->> 'line' AS line, sum((r.attributes ->> 'amount')::bigint) AS total FROM phb.register r
           WHERE r.book_id = $1 AND r.kind = 'review' AND r.act = 'loss_recorded' GROUP BY 1) AS s USING (line)
"""

DEMANDS = """
WITH found AS (
    SELECT r.subject, min(r.number) AS number,
           sum(CASE WHEN r.act IN ('demanded', 'repayment_returned') THEN 1 ELSE -1 END
               * (r.attributes ->> 'amount')::bigint)::bigint AS outstanding
    FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'notice' AND r.act = ANY ($2::text[]) GROUP BY 1
)
SELECT f.number, f.outstanding, d.attributes::text AS attributes,
       (SELECT x.day FROM phb.register x WHERE x.book_id = $1 AND x.number = f.number - 1) AS day
FROM found f JOIN phb.register d ON d.book_id = $1 AND d.number = f.number
WHERE f.outstanding > 0 AND f.number > $3 ORDER BY f.number LIMIT $4
"""
"""Demands of which something is outstanding, by entry. $2 the acts of a demand, $3 after which entry, $4 how many."""
LOSSES = """
SELECT r.number, r.attributes::text AS attributes,
       (SELECT x.day FROM phb.register x WHERE x.book_id = $1 AND x.number = r.number - 1) AS day
FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'review' AND r.act = 'loss_recorded' AND r.number > $2
ORDER BY r.number LIMIT $3
"""
OPEN_NOTICES = """
SELECT m.number, n.act, n.attributes::text AS attributes
FROM phb.register m
CROSS JOIN LATERAL (SELECT r.act, r.attributes FROM phb.register r WHERE r.book_id = $1 AND r.subject = m.subject
                    ORDER BY r.number DESC LIMIT 1) AS n
WHERE m.book_id = $1 AND m.kind = 'notice' AND m.act = 'made' AND m.number > $2 AND n.act <> 'withdrawn'
  AND NOT EXISTS (SELECT FROM phb.register d WHERE d.book_id = $1 AND d.person_ref = m.person_ref AND d.kind = 'notice'
                  AND d.act = 'demanded' AND d.attributes ->> 'notice' = m.number::text)
ORDER BY m.number LIMIT $3
"""
"""Notices that were not withdrawn and by which nothing has been demanded yet, as they stand now."""
