"""The feed in a fresh browser: first paint, rows on the screen, the first click answered, a filter."""

from sqlalchemy.engine import make_url

from benchmarks.browser import CHROMIUM, fresh_page, measured_until, served
from benchmarks.panel import Source
from benchmarks.table import Result

_REPEATS = 5
_SECTORS = ("Energy", "Utilities", "Materials", "Financials")
# As soon as rows are drawn a filter is clicked: the page counts as interactive when that is answered.
_WATCH = """
window.measured = {};
const count = () => (document.querySelector('#signals-count') || {}).textContent || '';
const answered = before => new Promise(done => {
  const look = () => {
    if (count() === before) { setTimeout(look, 1); return; }
    requestAnimationFrame(() => setTimeout(done, 0));
  };
  look();
});
window.filter = async sector => {
  const chip = document.querySelector(`[data-filter=sector][data-value="${sector}"]`);
  const before = count(), begun = performance.now();
  chip.click();
  await answered(before);
  return performance.now() - begun;
};
(function look() {
  const row = document.querySelector('.signals:not(.is-loading) .ag-row [col-id=symbol]');
  const chips = document.querySelectorAll('[data-filter=sector]');
  if (!row || !row.textContent || chips.length < 3 || !count()) { requestAnimationFrame(look); return; }
  window.measured.rows = performance.now();
  window.filter(chips[2].dataset.value).then(() => { window.measured.interactive = performance.now(); });
})();
"""
_READ = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return { paint: paint ? paint.startTime : NaN, ...window.measured };
}"""


def run(_: Source, url: str) -> list[Result]:
    """Measure the feed on what the storage benchmarks left; nothing where there is no Chromium."""
    if CHROMIUM is None:
        print("No Chromium on this machine: the cold load of the feed is not measured", flush=True)
        return []
    database = make_url(url).set(database="bench_evening", drivername="postgresql")
    with served(database.render_as_string(hide_password=False)) as address:
        loads = [_load(f"{address}/signals") for _ in range(_REPEATS)]
    best = {name: min(load[name] for load in loads) / 1000 for name in loads[0]}
    return [
        Result("feed in a fresh browser: first paint", best["paint"], "", None, 1.0),
        Result("feed in a fresh browser: rows drawn", best["rows"], "", None, 2.0),
        Result("feed in a fresh browser: first click answered", best["interactive"], "", None, 2.0),
        Result("feed: a filter answered", best["filter"], "", None, 0.2),
    ]


def _load(address: str) -> dict[str, float]:
    """Open the feed with an empty profile; return milliseconds."""
    with fresh_page(_WATCH) as page:
        page.goto(address)
        measured = measured_until(page, _READ, "interactive")
        page.wait_for_timeout(2_000)
        filters = [page.evaluate(f"window.filter('{sector}')") for sector in _SECTORS]
        return {**measured, "filter": min(filters)}
