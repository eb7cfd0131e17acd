"""x"""
import sys
from tests.conftest import *
from tests.independent.scene import *
from tests.independent.check_export import check
from ledger.book.verify import verify_book, verify_export
async def test_scene(dsn, tmp_path):
    """x"""
    clock = Clock(dsn)
    s = Scene(dsn, clock); await s.build()
    await s.export(tmp_path/"e")
    print(s.numbers)
    c = await connect(dsn,"phb_reader",s.book.book_id,READING)
    v = await verify_book(c, s.book.book_id, verifiers=()); print(v)
    await c.close()
    print(verify_export(tmp_path/"e")); print(check(tmp_path/"e"))
    print((tmp_path/"e"/"entries.txt").read_text())
    assert 0
