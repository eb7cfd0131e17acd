"""What is counted, by route and code and never by who or what: a label is a word of ours, not of a client."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from api.open_books import OpenBooks
from policies.engine import TROUBLES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The counters of one process; workers share nothing, so each worker has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "phb_requests",
            "Requests by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "phb_request_seconds", "Time to answer.", ("route",), buckets=BUCKETS, registry=self.registry
        )
        self._problems = Counter("phb_problems", "Problems by code.", ("code",), registry=self.registry)
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def watch(self, books: OpenBooks) -> None:
        """Also show how the writers of this process stand, and how often its rules failed to decide."""
        self.registry.register(_Writers(books))
        self.registry.register(_Troubles(books))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request. `route` is the template of the path."""
        key = (method if method in METHODS else "other", route, status)
        children = self._children.get(key)
        if children is None:
            children = (self._requests.labels(key[0], route, str(status)), self._seconds.labels(route))
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def problem(self, code: str) -> None:
        """Count one no."""
        self._problems.labels(code).inc()

    def text(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        return generate_latest(self.registry)


class _Writers(Collector):
    """Reads the writers when it is asked, so that the write path counts nothing twice."""

    def __init__(self, books: OpenBooks) -> None:
        self._books = books

    def collect(self) -> Iterable[Metric]:
        waiting = GaugeMetricFamily("phb_writer_waiting", "Requests waiting for the writer.", labels=("book",))
        entries = GaugeMetricFamily("phb_writer_entries", "Entries this process has committed.", labels=("book",))
        batches = GaugeMetricFamily("phb_writer_batches", "Batches this process has committed.", labels=("book",))
        problem = GaugeMetricFamily("phb_writer_problem", "1 while the writer cannot write.", labels=("book",))
        lag = GaugeMetricFamily(
            "phb_projector_lag_entries", "Entries that the month totals were behind, last time.", labels=("book",)
        )
        broken = GaugeMetricFamily(
            "phb_identities_broken", "Identities that did not hold in the last nightly run.", labels=("book",)
        )
        ended = GaugeMetricFamily(
            "phb_reconciled_timestamp_seconds", "When the last nightly run of a book ended.", labels=("book",)
        )
        for result in self._books.reconciled():
            broken.add_metric((result.book,), len(result.broken))
            ended.add_metric((result.book,), result.ended_us / 1_000_000)
        for code, behind in self._books.projector_lags():
            lag.add_metric((code,), behind)
        for code, writer in self._books.writers():
            waiting.add_metric((code,), writer.waiting())
            entries.add_metric((code,), writer.committed_entries)
            batches.add_metric((code,), writer.committed_batches)
            problem.add_metric((code,), 0 if writer.problem is None else 1)
        return waiting, entries, batches, problem, lag, broken, ended


class _Troubles(Collector):
    """Reads what the engines of the process have counted. Every kind is there from the first, so that an alert sees it rise."""

    def __init__(self, books: OpenBooks) -> None:
        self._books = books

    def collect(self) -> Iterable[Metric]:
        found = CounterMetricFamily(
            "phb_policy_trouble", "Verdicts that are a no because something could not be decided.", labels=("code",)
        )
        aside = CounterMetricFamily(
            "phb_policy_trial_trouble",
            "What rules on trial could not decide: nobody is denied by it.",
            labels=("code",),
        )
        for code in TROUBLES:
            found.add_metric((code,), self._books.engine.troubles[code])
            aside.add_metric((code,), self._books.shelf.trial_troubles[code])
        return found, aside
