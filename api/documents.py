"""The documentation of the API, served without a log-in and without asking any other server for anything."""

from html import escape
from pathlib import Path

from litestar import Response, get

from api.desk import WireRequest
from api.permissions import Permission
from api.problems import PROBLEMS, REFUSAL_STATUS, status_of, title_of
from ledger.core.refusals import REFUSALS

STATIC = Path(__file__).resolve().parent / "static"
HTML = "text/html"
# Redoc writes its styles into the page and searches in a worker that it makes from a blob; nothing else is
# let in.
REDOC_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "worker-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
_REDOC = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>PHB ledger API</title>
</head>
<body>
<redoc spec-url="/schema/openapi.json"></redoc>
<script src="/docs/redoc.js"></script>
</body>
</html>
"""


@get("/docs", permission=Permission.PROBE, include_in_schema=False, produces="text/html")
async def docs() -> Response[str]:
    """The reference of the API, drawn by Redoc from the schema."""
    return Response(_REDOC, media_type=HTML, headers={"Content-Security-Policy": REDOC_POLICY})


@get("/docs/redoc.js", permission=Permission.PROBE, include_in_schema=False, produces="text/javascript")
async def redoc() -> Response[bytes]:
    """Redoc itself, as it came (api/static/redoc.LICENSE.txt)."""
    return Response(
        _redoc_script(),
        media_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "public, max-age=86400"},
    )


def _redoc_script() -> bytes:
    return (STATIC / "redoc.standalone.js").read_bytes()


@get("/docs/problems", permission=Permission.PROBE, include_in_schema=False, produces="text/html")
async def problems() -> Response[str]:
    """What every code of a problem means; the `type` of a problem leads here."""
    return Response(problems_page(), media_type=HTML, headers={"Content-Security-Policy": PAGE_POLICY})


@get("/schema/openapi.json", permission=Permission.PROBE, include_in_schema=False)
async def schema(request: WireRequest) -> Response[bytes]:
    """The OpenAPI 3.1 document."""
    return Response(
        request.app.state.openapi(),
        media_type="application/json",
        headers={"Cache-Control": "public, max-age=300"},
    )


def problems_page() -> str:
    """Every code with its status, title and sentence, as a page."""
    rows = []
    for code in sorted({*PROBLEMS, *REFUSAL_STATUS}):
        sentence = REFUSALS[code].sentence if code in REFUSALS else PROBLEMS[code].sentence
        rows.append(
            f'<h2 id="{escape(code)}">{escape(code)}</h2>'
            f"<p>{status_of(code)} · {escape(title_of(code))}</p><p>{escape(sentence)}</p>"
        )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Problems</title></head><body>'
        f"<h1>Problems</h1>{''.join(rows)}</body></html>"
    )


HANDLERS = [docs, redoc, problems, schema]
