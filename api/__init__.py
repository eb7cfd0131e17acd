"""Who is asking, and in which format they are answered.

This room runs no SQL and holds no rule, so that the command line and the web give the same
answer to the same question.
"""
