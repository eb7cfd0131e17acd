"""Reports, against books that are in order and books in which something was changed."""
