"""A local HTTP server that answers, and fails, like the vendor; and the session that leads to it."""

import json
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from services.providers.yfinance.session import FeedSession
from tests.integration.providers.vendor_market import Listing

NOT_FOUND = {"code": "Not Found", "description": "No data found, symbol may be delisted"}


class Vendor:
    """What is listed, what goes wrong, and who asked for what.

    ``faults``: by symbol ("*": of everybody), a queue of faults to give before the right answer; a fault that
    is to last is put into ``broken``.
    """

    def __init__(self, now: Callable) -> None:
        self.now = now
        self.listings: dict[str, Listing] = {}
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        self.broken: dict[str, str] = {}
        self.limited_until: datetime | None = None
        self.asked: list[tuple[str, str]] = []
        self.released = threading.Event()
        self.lock = threading.Lock()
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        self._server = server
        self.address = f"http://127.0.0.1:{server.server_port}"
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def charts(self) -> Counter[str]:
        """How often each symbol's chart was asked for."""
        return Counter(symbol for what, symbol in self.asked if what == "chart")

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def fault_of(self, symbol: str) -> str | None:
        if self.limited_until is not None and self.now() < self.limited_until:
            return f"429:{(self.limited_until - self.now()).total_seconds():.0f}"
        with self.lock:
            for key in (symbol, "*"):
                if self.faults[key]:
                    return self.faults[key].popleft()
                if key in self.broken:
                    return self.broken[key]
        return None

    def _handler(vendor):  # noqa: N805 - the handler's own self is another
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                path, last = parts.path, unquote(parts.path.rpartition("/")[2])
                if "/v8/finance/chart/" in path:
                    vendor.asked.append(("chart", last))
                    self._chart(last, query)
                elif "/v7/finance/quote" in path:
                    vendor.asked.append(("quote", query["symbols"]))
                    self._quote(query["symbols"].split(","))
                elif "/v10/finance/quoteSummary/" in path:
                    vendor.asked.append(("summary", last))
                    self._summary(last)
                elif path.endswith("/getcrumb"):
                    self._send(200, b"crumb", "text/plain")
                else:
                    self._send(404, b"", "text/plain")

            def _chart(self, symbol: str, query: dict[str, str]) -> None:
                fault = vendor.fault_of(symbol)
                if fault is not None:
                    self._fail(fault)
                elif symbol not in vendor.listings:
                    self._json(404, {"chart": {"result": None, "error": NOT_FOUND}})
                else:
                    first = float(query.get("period1", 0))
                    self._json(200, vendor.listings[symbol].chart(symbol, vendor.now(), first))

            def _quote(self, symbols: list[str]) -> None:
                fault = vendor.fault_of("quotes")
                if fault is not None:
                    self._fail(fault)
                    return
                found = []
                for symbol in symbols:
                    if symbol in vendor.listings:
                        chart = vendor.listings[symbol].chart(symbol, vendor.now(), 0.0)
                        meta = chart["chart"]["result"][0]["meta"]
                        found.append(
                            {
                                "symbol": symbol,
                                "regularMarketPrice": meta["regularMarketPrice"],
                                "regularMarketTime": meta["regularMarketTime"],
                                "regularMarketPreviousClose": 100.0,
                                "regularMarketVolume": 5_000,
                            }
                        )
                self._json(200, {"quoteResponse": {"result": found, "error": None}})

            def _summary(self, symbol: str) -> None:
                fault = vendor.fault_of("summary")
                if fault is not None:
                    self._fail(fault)
                    return
                profile = {"assetProfile": {"sector": vendor.listings[symbol].sector}}
                self._json(200, {"quoteSummary": {"result": [profile], "error": None}})

            def _fail(self, fault: str) -> None:
                kind, _, argument = fault.partition(":")
                if kind == "429":
                    headers = {"Retry-After": argument} if argument else {}
                    self._send(429, b"Too Many Requests", "text/plain", headers)
                elif kind == "html":
                    self._send(200, b"<!doctype html><html><body>Welcome</body></html>", "text/html")
                elif kind == "wrong_json":
                    self._json(200, {"chart": {"result": [{"meta": {}, "indicators": {"quote": [[1]]}}]}})
                elif kind == "other_json":
                    self._json(200, ["nothing", "agreed"])
                elif kind == "empty":
                    meta = {"symbol": "X", "instrumentType": "EQUITY", "validRanges": []}
                    self._json(
                        200,
                        {"chart": {"result": [{"meta": meta, "indicators": {"quote": [{}]}}], "error": None}},
                    )
                elif kind == "ended":
                    said = {"code": "Bad Request", "description": "Data doesn't exist for startDate"}
                    self._json(400, {"chart": {"result": None, "error": said}})
                elif kind == "500":
                    self._send(500, b"oops", "text/plain")
                elif kind == "half":
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", "5000")
                    self.end_headers()
                    self.wfile.write(b'{"chart": {"result": [')
                    self.close_connection = True
                elif kind == "hang":
                    vendor.released.wait(20.0)
                    self.close_connection = True
                else:
                    raise AssertionError(fault)

            def _json(self, status: int, value: object) -> None:
                self._send(status, json.dumps(value).encode(), "application/json")

            def _send(
                self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None
            ) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


class LocalSession(FeedSession):
    """The feed's session, led to the local server; the vendor's host stays as the path's first part."""

    def __init__(self, address: str, **limits: float) -> None:
        super().__init__(**limits)
        self.address = address

    def request(self, method, url, *arguments, **options):
        parts = urlsplit(url)
        return super().request(
            method, f"{self.address}/{parts.netloc}{parts.path}?{parts.query}", *arguments, **options
        )
