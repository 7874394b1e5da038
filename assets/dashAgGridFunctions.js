// What the grid's options name: formats, the filter, handlers, its theme.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var all = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var THIN = "\u202f"; // narrow no-break space
  var MINUS = "\u2212";
  var MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  var ORDER = ["none", "strong-sell", "sell", "hold", "buy", "strong-buy"];
  var SPANNED = ["label", "confluence", "parts", "made_of", "rank", "confidence"];

  function fixed(value, n) { return Math.abs(value).toLocaleString("en", { minimumFractionDigits: n, maximumFractionDigits: n }); }
  function isMissing(value) { return value === null || value === undefined; }

  function signed(value, n) {
    if (isMissing(value)) { return "–"; }
    var text = fixed(value, n);
    return (value < 0 && parseFloat(text) !== 0 ? MINUS : "") + text;
  }

  all.glassboxFormat = {
    signed2: function (value) { return signed(value, 2); },
    signed3: function (value) { return signed(value, 3); },
    price: function (value) { return isMissing(value) ? "–" : fixed(value, 2); },
    score: function (value) { return isMissing(value) ? "" : value.toFixed(3); },
    rank: function (value) { return isMissing(value) ? "" : (value * 100).toFixed(0) + THIN + "%"; },
    share: function (value) {
      if (isMissing(value)) { return "–"; }
      // What is not whole never looks whole.
      return (value >= 1 ? "100" : Math.min(value * 100, 99.99).toFixed(2)) + THIN + "%";
    },
    weight: function (value) { return isMissing(value) ? "" : (value < 0 ? MINUS : "") + Math.abs(value).toFixed(2); },
    part: function (value) { return isMissing(value) ? "–" : (value < 0 ? MINUS : "") + Math.abs(value * 100).toFixed(2) + THIN + "%"; },
    count: function (value) { return isMissing(value) ? "–" : value.toLocaleString("en"); },
    exact: function (value) {
      if (isMissing(value)) { return "–"; }
      return (value < 0 ? MINUS : "") + Math.abs(value).toLocaleString("en", { maximumSignificantDigits: 10 });
    },
    // The line first: what is cut off where room is short must not be what tells rows apart.
    place: function (value) {
      var found = /^(.+):(\d+)$/.exec(value || "");
      return found ? "line " + found[2] + ", " + found[1] : value;
    },
    day: function (value) {
      if (!value) { return "–"; }
      var parts = value.split("-").map(Number);
      return parts[2] + " " + MONTHS[parts[1] - 1] + " " + parts[0];
    },
    confidence: function (value) { return isMissing(value) ? "" : (value * 100).toFixed(1) + THIN + "%"; },
    change: function (value) {
      if (isMissing(value)) { return "–"; }
      var text = fixed(value * 100, 2);
      var sign = parseFloat(text) === 0 ? "" : value > 0 ? "+" : MINUS;
      return sign + text + THIN + "%";
    }
  };

  all.glassboxGridTheme = {
    backgroundColor: "var(--panel)", foregroundColor: "var(--text)", borderColor: "var(--line)",
    headerBackgroundColor: "var(--panel)", headerTextColor: "var(--text-3)", headerFontSize: 11, headerFontWeight: 500,
    rowHoverColor: "var(--raised)", selectedRowBackgroundColor: "var(--raised)", oddRowBackgroundColor: "var(--panel)",
    rowBorder: { color: "var(--line)" }, wrapperBorder: false, wrapperBorderRadius: 0, headerColumnBorder: false,
    headerColumnResizeHandleColor: "transparent", accentColor: "var(--accent)", cellHorizontalPadding: 8,
    fontFamily: "inherit", fontSize: 13, spacing: 6, tooltipBackgroundColor: "var(--raised)", tooltipTextColor: "var(--text)",
    tooltipBorder: { color: "var(--line)" }, valueChangeValueHighlightBackgroundColor: "var(--accent-soft)", focusShadow: "none"
  };

  all.glassboxPasses = function (row) { return glassbox.passes(row, glassbox.filter); };
  all.glassboxByLabel = function (a, b) { return ORDER.indexOf(a) - ORDER.indexOf(b); };

  // Without a score its reason takes the place of label, score and all that would follow from them.
  all.glassboxReasonSpan = function (params) {
    if (!isMissing(params.data.confluence)) { return 1; }
    return SPANNED.filter(function (name) {
      var column = params.api.getColumn(name);
      return column && column.isVisible();
    }).length;
  };

  all.glassboxRowClicked = function (params) {
    if (params.data) { glassbox.write({ symbol: params.data.symbol }); }
  };
  all.glassboxKeyDown = function (params) {
    if (params.event && params.event.key === "Enter" && params.data) { glassbox.write({ symbol: params.data.symbol }); }
  };

  // Shows the columns of the lowest priority numbers that fit side by side, so that nothing scrolls sideways.
  function fit(api, width) {
    var room = width - 2;
    var isNarrow = room < 560;
    var columns = api.getColumns().filter(function (column) { return (column.getColDef().context || {}).priority; });
    var byPriority = columns.slice().sort(function (a, b) { return a.getColDef().context.priority - b.getColDef().context.priority; });
    var shown = {};
    byPriority.every(function (column) {
      var about = column.getColDef().context;
      room -= isNarrow ? about.narrow : about.width;
      if (room < 0 && about.priority > 1) { return false; }
      shown[column.getColId()] = true;
      return true;
    });
    var state = columns.map(function (column) {
      var about = column.getColDef().context;
      return { colId: column.getColId(), hide: !shown[column.getColId()], flex: isNarrow ? about.narrow : about.width };
    });
    // Compared with what the grid has, not with what it was told last: setting its definitions anew resets it.
    var has = {};
    api.getColumnState().forEach(function (column) { has[column.colId] = column; });
    var differs = state.some(function (wanted) {
      var column = has[wanted.colId];
      return !column || Boolean(column.hide) !== wanted.hide || column.flex !== wanted.flex;
    });
    // The grid itself shares the width among columns that stay.
    if (differs) { api.applyColumnState({ state: state }); }
  }

  var watched = new WeakSet();

  all.glassboxFit = function (params) {
    var grid = document.getElementById(params.context.element);
    if (!grid) { return; }
    var refit = function () {
      if (grid.clientWidth > 0 && !params.api.isDestroyed()) { fit(params.api, grid.clientWidth); }
    };
    // The element's own width: the grid's event comes before the panel beside it has taken its room.
    if (!watched.has(grid)) {
      watched.add(grid);
      new ResizeObserver(function () { window.requestAnimationFrame(refit); }).observe(grid);
    }
    // Not within the event: the grid is still placing its columns.
    window.setTimeout(refit, 0);
  };

  all.glassboxRowsArrived = function (params) {
    all.glassboxFit(params);
    glassbox.markSelected();
    var symbol = glassbox.view().symbol;
    var node = symbol && params.api.getRowNode(symbol);
    if (node) { params.api.ensureNodeVisible(node); }
  };

  all.glassboxSorted = function (params) {
    if (params.source === "api") { return; }
    var sorted = params.api.getColumnState().find(function (column) { return column.sort; });
    glassbox.write({ sort: sorted ? sorted.colId + "." + sorted.sort : "" }, true);
  };
})();
