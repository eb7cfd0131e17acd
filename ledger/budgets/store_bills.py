"""The SQL of bills to partners. Values are always parameters."""

PARTNER = """
WITH newest AS (
    SELECT DISTINCT ON (r.subject) r.subject, r.act, (r.attributes ->> 'amount')::bigint AS amount,
           coalesce(r.attributes ->> 'owed', r.attributes ->> 'amount')::bigint AS owed
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.subject LIKE 'invoice/%' ORDER BY r.subject, r.number DESC
), unpaid AS (
    SELECT (SELECT max(a.number) FROM phb.register a
            WHERE a.book_id = $1 AND a.subject = n.subject AND a.act = 'invoice_accepted') + 1 AS money, n.owed, n.amount
    FROM newest n WHERE n.act IN ('invoice_accepted', 'invoice_credited', 'payment_returned', 'invoice_disputed', 'dispute_ended')
)
SELECT (SELECT b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
        WHERE a.book_id = $1 AND a.code = 'partner/' || $2 || '/unbilled') AS unbilled,
       (SELECT b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
        WHERE a.book_id = $1 AND a.code = 'partner/' || $2 || '/billed') AS billed,
       (SELECT coalesce(sum(p.amount * u.owed / u.amount), 0)::bigint
        FROM unpaid u JOIN phb.posting p ON p.book_id = $1 AND p.number = u.money
        JOIN phb.account a ON a.book_id = $1 AND a.account_id = p.account_id
        WHERE a.code = 'partner/' || $2 || '/unbilled') AS unpaid,
       coalesce((SELECT v.number FROM phb.subject_version v WHERE v.book_id = $1 AND v.subject = 'partner/' || $2), 0) AS version,
       (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes) ORDER BY r.number), '[]')
        FROM phb.register r WHERE r.book_id = $1 AND r.subject = ANY ($3::text[]))::text AS said
"""
"""What a partner owes, what of it is for invoices that are accepted and not paid, and all that was said of some subjects. $1 book,
$2 partner, $3 subjects."""

BILLS_OF_PARTNER = """
SELECT x.act, x.attributes::text AS attributes
FROM (SELECT DISTINCT ON (r.subject) r.subject, r.act, r.attributes, min(r.number) OVER (PARTITION BY r.subject) AS first
      FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'bill' AND r.attributes ->> 'partner' = $2
      ORDER BY r.subject, r.number DESC) AS x
ORDER BY x.first
"""
"""The last word on every bill of a partner. $1 book, $2 partner."""
