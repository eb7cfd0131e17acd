"""The SQL of how soon invoices are paid. Values are always parameters."""

INVOICES_PAID = """
SELECT r.subject, r.act, r.day, r.attributes::text AS attributes FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.subject IN (
    SELECT p.subject FROM phb.register p
    WHERE p.book_id = $1 AND p.kind = 'evidence' AND p.act = 'invoice_paid'
      AND p.subject LIKE 'invoice/%' AND p.day BETWEEN $2 AND $3)
ORDER BY r.number
"""
"""Everything said of the invoices that were paid on days of a time. $1 book, $2 first and $3 last day."""
