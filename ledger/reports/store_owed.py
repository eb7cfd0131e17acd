"""The SQL of the identities about what is owed: to payees by documents, and by partners by bills. Values are always parameters.

As in the store beside it, every query answers one row: how many things it looked at, and the first that breaks it, or nothing.
"""

DOCUMENTS_SAY_WHAT_IS_OWED = """
WITH newest AS (
    SELECT DISTINCT ON (r.subject) r.act, r.attributes ->> 'payee' AS payee,
           coalesce(r.attributes ->> 'owed', r.attributes ->> 'amount')::bigint AS owed
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.attributes ? 'payee'
      AND split_part(r.subject, '/', 1) IN ('invoice', 'claim', 'returned')
    ORDER BY r.subject, r.number DESC
), said AS (
    SELECT 'payable/' || payee AS code, sum(owed) AS owed FROM newest WHERE act = ANY ($3::text[]) GROUP BY 1
), moves AS (
    SELECT e.number FROM phb.entry e
    WHERE e.book_id = $1 AND e.kind IN ('transaction', 'hold_settled') AND split_part(e.body, '|', 6)::integer = ANY ($2::integer[])
    UNION
    SELECT u.undone_by FROM phb.entry e JOIN phb.undone u ON u.book_id = $1 AND u.number = e.number
    WHERE e.book_id = $1 AND e.kind IN ('transaction', 'hold_settled') AND split_part(e.body, '|', 6)::integer = ANY ($2::integer[])
), moved AS (
    SELECT p.account_id, -sum(p.amount) AS owed FROM phb.posting p JOIN moves m USING (number) WHERE p.book_id = $1 GROUP BY 1
)
SELECT count(*) AS checked,
       min(code || ' owes ' || owes || ' and its documents say ' || should) FILTER (WHERE owes <> should) AS first
FROM (SELECT a.code, coalesce(m.owed, 0) AS owes, coalesce(s.owed, 0) AS should
      FROM phb.account a LEFT JOIN moved m USING (account_id) LEFT JOIN said s USING (code)
      WHERE a.book_id = $1 AND a.class = 'payable') AS x
"""
"""$2 the events of documents, $3 the last words by which money is still owed on one. Payee by payee."""

NO_MORE_COMES_BACK_THAN_THERE_WAS = """
WITH said AS (
    SELECT r.number, r.subject, r.kind, r.act, r.attributes, (r.attributes ->> 'amount')::bigint AS amount,
           coalesce((r.attributes ->> 'of')::bigint, r.number - (r.attributes ->> 'entries_back')::bigint) AS of
    FROM phb.register r
    WHERE r.book_id = $1 AND (r.kind = 'evidence' OR (r.kind = 'notice' AND r.act IN ('demanded', 'demand_withdrawn')))
), back AS (
    SELECT of AS number, amount AS pence FROM said
    WHERE kind = 'evidence' AND act IN ('credit_accepted', 'refund_taken', 'questioned')
    UNION ALL
    SELECT of, -amount FROM said WHERE kind = 'evidence' AND act = 'explained'
    UNION ALL
    SELECT d.of, CASE WHEN s.act = 'demanded' THEN s.amount ELSE -s.amount END
    FROM said d JOIN said s ON s.kind = 'notice' AND s.subject = d.subject
    WHERE d.kind = 'notice' AND d.act = 'demanded' AND d.attributes ->> 'source' IN ('spent', 'unidentified')
    UNION ALL
    SELECT (s.attributes ->> 'bank_line')::bigint, s.amount FROM said s
    WHERE s.act = 'evidence_accepted' AND s.attributes ? 'bank_line'
      AND NOT EXISTS (SELECT FROM said y WHERE y.subject = s.subject AND y.number > s.number AND y.act = 'reversed')
    UNION ALL
    SELECT (s.attributes ->> 'bank_line')::bigint, s.amount FROM said s
    WHERE s.act = 'bank_line_matched' AND s.attributes ->> 'matched' = 'moved'
    UNION ALL
    SELECT (SELECT max(o.number) FROM said o WHERE o.subject = s.subject AND o.number < s.number
            AND o.act IN ('invoice_accepted', 'evidence_accepted', 'reimbursement_accepted', 'statement_accepted',
                          'bank_line_taken')), s.amount
    FROM said s WHERE s.kind = 'evidence' AND s.act = 'reversed'
)
SELECT count(*) AS checked,
       min('entry ' || number || ' is for ' || amount || ' and ' || pence || ' was taken back of it')
       FILTER (WHERE pence > amount) AS first
FROM (SELECT o.number, o.amount, sum(b.pence) AS pence FROM back b JOIN said o USING (number)
      WHERE o.kind = 'evidence' AND o.act IN ('invoice_accepted', 'evidence_accepted', 'reimbursement_accepted',
                                              'statement_accepted', 'bank_line_taken') GROUP BY 1, 2) AS x
"""
"""Of each acceptance and bank line: credits, refunds, questions less what was explained, demands without a question less what was
withdrawn, evidence of the line, what of it moved to another book, and its reversal, together."""
CHARGES_ARE_BILLED_OR_NOT = """
WITH funds AS (
    SELECT split_part(r.subject, '/', 2) AS fund, r.attributes ->> 'partner' AS partner FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'fund' AND r.act = 'opened' AND r.attributes ? 'partner'
), charged AS (
    SELECT f.partner, -sum(b.balance) AS pence
    FROM phb.account a JOIN phb.balance b USING (book_id, account_id) JOIN funds f ON f.fund = a.tags ->> 'fund'
    WHERE a.book_id = $1 AND a.class = 'recharge' GROUP BY 1
), standing AS (
    SELECT split_part(a.code, '/', 2) AS partner, sum(b.balance) AS pence
    FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
    WHERE a.book_id = $1 AND a.class IN ('partner/unbilled', 'partner/billed') GROUP BY 1
), before AS (
    SELECT coalesce(f.partner, split_part(a.code, '/', 2)) AS partner, -sum(p.amount) AS pence
    FROM phb.entry e
    JOIN phb.posting p ON p.book_id = $1 AND p.number = e.number
    JOIN phb.account a ON a.book_id = $1 AND a.account_id = p.account_id AND a.class IN ('recharge', 'partner/unbilled')
    LEFT JOIN funds f ON a.class = 'recharge' AND f.fund = a.tags ->> 'fund'
    WHERE e.book_id = $1 AND e.kind = 'transaction' AND split_part(e.body, '|', 6) = $3::text GROUP BY 1
), received AS (
    SELECT split_part(own.code, '/', 2) AS partner, sum(p.amount) AS pence
    FROM phb.entry e
    JOIN phb.posting p ON p.book_id = $1 AND p.number = e.number
    JOIN phb.account a ON a.book_id = $1 AND a.account_id = p.account_id AND a.class = 'bank'
    JOIN phb.posting q ON q.book_id = $1 AND q.number = e.number
    JOIN phb.account own ON own.book_id = $1 AND own.account_id = q.account_id AND own.class = 'partner/billed'
    WHERE e.book_id = $1 AND e.kind = 'transaction' AND split_part(e.body, '|', 6) = $2::text GROUP BY 1
)
SELECT count(*) AS checked,
       min(partner || ' is charged ' || charged || ' and has ' || found || ' unbilled, billed or received')
       FILTER (WHERE charged <> found) AS first
FROM (SELECT DISTINCT f.partner, coalesce(c.pence, 0) AS charged,
             coalesce(s.pence, 0) + coalesce(r.pence, 0) + coalesce(b.pence, 0) AS found
      FROM funds f LEFT JOIN charged c USING (partner) LEFT JOIN standing s USING (partner)
      LEFT JOIN received r USING (partner) LEFT JOIN before b USING (partner)) AS x
"""
"""$2 the event of bills, $3 that of a take-on: what a partner had paid of it before is charged and received by it. A contributor is
no partner: what they owe is kept with what they paid in (L8)."""

BILLED_IS_OPEN_BILLS = """
WITH newest AS (
    SELECT DISTINCT ON (r.subject) r.attributes ->> 'partner' AS partner,
           (r.attributes ->> 'amount')::bigint - (r.attributes ->> 'paid')::bigint
           - (r.attributes ->> 'credited')::bigint AS still_open
    FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'bill' ORDER BY r.subject, r.number DESC
), bills AS (
    SELECT partner, sum(still_open) AS pence FROM newest GROUP BY 1
)
SELECT count(*) AS checked,
       min(code || ' has ' || balance || ' and its open bills come to ' || bills) FILTER (WHERE balance <> bills) AS first
FROM (SELECT a.code, b.balance, coalesce(n.pence, 0) AS bills
      FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      LEFT JOIN bills n ON n.partner = split_part(a.code, '/', 2)
      WHERE a.book_id = $1 AND a.class = 'partner/billed' AND split_part(a.code, '/', 2) NOT LIKE 'own.%') AS x
"""
