"""The attention page of a whole universe: its reads, what it sends, and how soon a browser has drawn it."""

import statistics

from sqlalchemy.engine import make_url

from app.clock import SystemClock
from benchmarks.browser import CHROMIUM, fresh_page, measured_until, served
from benchmarks.panel import Source
from benchmarks.served_callback import ServedCallback
from benchmarks.table import Result, timed
from components.ids import Attention, Shell
from models.domain.explanation_views import AttentionRequest
from services.queries.attention import AttentionQueries
from services.storage.engine import open_engine

_REPEATS = 5
_ASKED = {"tab": "attention", "order": "sectors"}
_REVISION = {"number": 1}
# From the answer that holds the matrix to the frame after the one that it is drawn in; then another symbol.
_WATCH = """
window.measured = {};
const answers = [];
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  const isLarge = entry.decodedBodySize > 50000;
  if (isLarge && entry.name.includes('/_dash-update-component')) { answers.push(entry); }
})).observe({ type: 'resource', buffered: true });
const painted = done => requestAnimationFrame(() => setTimeout(done, 0));
const title = () => (document.querySelector('#attention-symbol-head .pair-title') || {}).textContent;
(function look() {
  const canvas = document.querySelector('#attention-matrix canvas');
  const isDrawn = canvas && canvas.hasAttribute('aria-label') && answers.length;
  if (!isDrawn) { requestAnimationFrame(look); return; }
  painted(() => {
    window.measured.matrix = performance.now();
    window.measured.drawn = performance.now() - answers[0].responseEnd;
  });
})();
window.choose = async () => {
  const canvas = document.querySelector('#attention-matrix canvas'), box = canvas.getBoundingClientRect();
  const before = title(), begun = performance.now();
  const where = { bubbles: true, clientX: box.right - 20, clientY: box.top + box.height / 2 };
  canvas.dispatchEvent(new MouseEvent('click', where));
  await new Promise(done => {
    (function look() { if (title() === before) { setTimeout(look, 1); } else { painted(done); } })();
  });
  return performance.now() - begun;
};
"""
_READ = "() => window.measured"


def run(_: Source, url: str) -> list[Result]:
    """Measure on what the benchmark of explanations left; the browser only where there is a Chromium."""
    database = make_url(url).set(database="bench_explanations", drivername="postgresql")
    address = database.render_as_string(hide_password=False)
    engine = open_engine(address)
    queries = AttentionQueries(engine, SystemClock())
    overview = queries.overview(AttentionRequest())
    line = overview.lines[0]
    what = f"attention page, {len(overview.lines)} symbols by {len(line.window)} days"
    read = timed(lambda: queries.overview(AttentionRequest()), _REPEATS)
    prices = timed(lambda: queries.prices(line.symbol, line.window[0], line.session), _REPEATS)
    engine.dispose()
    results = [
        Result(f"{what}: read, without cache", read, "", None, 0.5),
        Result("attention page, one symbol's prices", prices, "", None, 0.1),
    ]
    with served(address, first="/health") as site:
        page = ServedCallback(site, Attention.MATRIX_SOURCE)
        sent: list[bytes] = []
        inputs = {Attention.ASKED: _ASKED, Shell.REVISION: _REVISION}
        answer = timed(lambda: sent.append(page.answer(inputs)), _REPEATS)
        results.append(Result(f"{what}, {len(sent[-1]) / 1000:.0f} kB: one answer", answer, "", None, 1.0))
        if CHROMIUM is None:
            print("No Chromium on this machine: attention in a browser is not measured", flush=True)
            return results
        loads = [_load(f"{site}/attention") for _ in range(_REPEATS)]
    best = {name: statistics.median(load[name] for load in loads) / 1000 for name in loads[0]}
    return [
        *results,
        Result("attention in a fresh browser: drawn after the answer", best["drawn"], "", None, 1.0),
        Result("attention in a fresh browser: matrix drawn", best["matrix"], "", None, 2.0),
        Result("attention: a click on another symbol", best["click"], "", None, 0.5),
    ]


def _load(address: str) -> dict[str, float]:
    """Open the page with an empty profile; return milliseconds."""
    with fresh_page(_WATCH) as page:
        page.goto(address)
        measured = measured_until(page, _READ, "drawn")
        page.wait_for_timeout(2_000)
        return {**measured, "click": page.evaluate("window.choose()")}
