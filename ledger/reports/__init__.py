"""What people read of a book: statements, allocation summaries, the national return and exports.

A report only reads, so nothing that is asked for here can change what is answered next.
"""
