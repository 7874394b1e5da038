// The data-quality page: filtering, counts, the calendar's year and the row that is chosen, in the browser.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var GRID = "quality-grid";
  var QUARANTINE = "quarantine-grid";
  var NARROW = 720; // pixels under which charts have the layout of a phone
  var STATUSES = ["quarantined", "released", "confirmed"];
  var filter = { sector: "", problem: "", status: "", q: "" };
  var held = { symbols: [], quarantine: [] }; // the rows of both grids
  var chosen = "";
  var isFirstLook = true;

  function count(number) { return number.toLocaleString("en"); }
  function hasText(row, q) {
    return !q || row.symbol.toLowerCase().indexOf(q) >= 0 || (row.name || "").toLowerCase().indexOf(q) >= 0;
  }
  function hasProblem(row, problem) { return (" " + row.problems + " ").indexOf(" " + problem + " ") >= 0; }

  function passes(row, without) {
    return (without === "sector" || !filter.sector || row.sector === filter.sector) &&
      (without === "problem" || !filter.problem || hasProblem(row, filter.problem)) && hasText(row, filter.q);
  }
  // Of the problems only hard rules are about rejected rows; any other leaves the quarantine as it is.
  function passesQuarantine(row, without) {
    return (!filter.sector || row.sector === filter.sector) &&
      (!filter.problem || !filter.isHard || row.rule === filter.problem) &&
      (without === "status" || !filter.status || row.status === filter.status) && hasText(row, filter.q);
  }

  function ruleButtons() { return Array.from(document.querySelectorAll("#quality-rules [data-value]")); }

  // Filters both grids at once; counts follow with the callback.
  function apply(view) {
    if (!document.getElementById(GRID)) { return; }
    var rules = ruleButtons().map(function (button) { return button.getAttribute("data-value"); });
    var hard = Array.from(document.querySelectorAll("#quality-rules .rules-hard [data-value]")).map(function (button) { return button.getAttribute("data-value"); });
    var problems = Array.from(document.querySelectorAll("#quality-problems [data-value]")).map(function (button) { return button.getAttribute("data-value"); });
    var isLoaded = rules.length > 0;
    var wanted = {
      sector: !isLoaded || held.symbols.some(function (row) { return row.sector === view.sector; }) ? view.sector : "",
      problem: !isLoaded || rules.concat(problems).indexOf(view.problem) >= 0 ? view.problem : "",
      status: STATUSES.indexOf(view.status) >= 0 ? view.status : "",
      q: view.q.toLowerCase(),
      isHard: hard.indexOf(view.problem) >= 0
    };
    var isSame = JSON.stringify(wanted) === JSON.stringify(filter);
    filter = wanted;
    if (isSame) { return; }
    [GRID, QUARANTINE].forEach(function (id) {
      glassbox.onGrid(id, function (api) { api.onFilterChanged(); });
    });
  }
  glassbox.appliers.push(apply);

  // A copied address may name a symbol below the fold: it is scrolled to once, with the first rows.
  function reveal(symbol) {
    if (!isFirstLook) { return; }
    isFirstLook = false;
    if (!symbol) { return; }
    glassbox.onGrid(GRID, function (api) {
      var node = api.getRowNode(symbol);
      if (!node) { return; }
      api.ensureNodeVisible(node);
      document.getElementById(GRID).scrollIntoView({ block: "nearest" });
    });
  }

  function notices(view) {
    return [["problem", "problem or rule"], ["sector", "sector"], ["status", "decision"]].filter(function (each) {
      return view[each[0]] && !filter[each[0]];
    }).map(function (each) { return glassbox.notice({ name: each[0], value: view[each[0]], words: each[1] }); });
  }

  function nothing(title, why, isFiltered) {
    var parts = [
      glassbox.element("Div", { className: "state-title", children: title }),
      glassbox.element("Div", { className: "state-why", children: why })
    ];
    if (isFiltered) { parts.push(glassbox.element("Button", { className: "button", type: "button", children: "Show all", "data-filter": "all" })); }
    return parts;
  }

  function noQuarantine() {
    if (held.quarantine.length) { return nothing("No row matches", "The filters leave none of the rows in quarantine.", true); }
    return nothing("Nothing is in quarantine", "Every row of the source kept every hard rule.", false);
  }

  function values(output) { return output.map(function (each) { return each.id.value; }); }
  function classes(names, active, empty) {
    return names.map(function (name) {
      return "chip" + (name === active ? " is-active" : "") + (empty && empty(name) ? " is-empty" : "");
    });
  }
  function pressed(names, active) { return names.map(function (name) { return String(name === active); }); }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    showQuality: function (view, symbols, quarantine) {
      var outputs = window.dash_clientside.callback_context.outputs_list;
      view = view || glassbox.view();
      var isLoaded = Boolean(symbols && symbols.length);
      held = { symbols: symbols || [], quarantine: quarantine || [] };
      apply(view);
      if (isLoaded) { reveal(view.symbol); }
      var problems = values(outputs[0]);
      var sectors = values(outputs[3]);
      var rules = values(outputs[6]);
      var statuses = values(outputs[8]);
      var bySector = held.symbols.filter(function (row) { return passes(row, "sector"); });
      var byProblem = held.symbols.filter(function (row) { return passes(row, "problem"); });
      var byStatus = held.quarantine.filter(function (row) { return passesQuarantine(row, "status"); });
      var nShown = held.symbols.filter(function (row) { return passes(row); }).length;
      var nRows = byStatus.filter(function (row) { return !filter.status || row.status === filter.status; }).length;
      var ruleCounts = {};
      ruleButtons().forEach(function (button) { ruleCounts[button.getAttribute("data-value")] = button.getAttribute("data-count"); });
      return [
        classes(problems, filter.problem),
        pressed(problems, filter.problem),
        problems.map(function (name) { return count(byProblem.filter(function (row) { return !name || hasProblem(row, name); }).length); }),
        classes(sectors, filter.sector),
        pressed(sectors, filter.sector),
        sectors.map(function (name) { return count(bySector.filter(function (row) { return !name || row.sector === name; }).length); }),
        classes(rules, filter.problem || null, function (name) { return ruleCounts[name] === "0"; }),
        pressed(rules, filter.problem || null),
        classes(statuses, filter.status),
        pressed(statuses, filter.status),
        statuses.map(function (name) { return count(byStatus.filter(function (row) { return !name || row.status === name; }).length); }),
        isLoaded ? count(nShown) + " of " + count(held.symbols.length) : "",
        isLoaded && !nShown ? nothing("No symbol matches", "The filters leave none of the symbols.", true) : null,
        !isLoaded || nShown > 0,
        isLoaded ? count(nRows) + " of " + count(held.quarantine.length) : "",
        isLoaded && !nRows ? noQuarantine() : null,
        !isLoaded || nRows > 0,
        isLoaded ? notices(view) : null
      ];
    },

    markQualityRow: function () { glassbox.markChosen(GRID, glassbox.isOpenSymbol); },

    exportQuality: function () {
      var isQuarantine = window.dash_clientside.callback_context.triggered_id === "quarantine-export";
      glassbox.exportGrid(isQuarantine ? QUARANTINE : GRID, isQuarantine ? "quarantine.csv" : "data-quality.csv");
    },

    calendarYear: function (view, before) {
      var year = view ? view.year : null;
      return year === before ? window.dash_clientside.no_update : year;
    },

    // A click on a week of any year shows that year by day; the days above name no year.
    chooseYear: function (clicked) {
      var point = clicked && clicked.points[0];
      if (point && /^\d{4}$/.test(point.y)) { glassbox.write({ year: point.y }); }
    },

    drawQuality: function (source, appearance, templates) {
      if (!source || !appearance) { return window.dash_clientside.no_update; }
      var plain = window.innerWidth < NARROW ? source.narrow : source.figure.layout;
      var layout = Object.assign({}, plain, { template: templates.quality[appearance] });
      return { data: source.figure.data, layout: layout };
    }
  });

  var all = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  all.glassboxQualityPasses = function (row) { return passes(row); };
  all.glassboxQuarantinePasses = function (row) { return passesQuarantine(row); };
  all.glassboxByVerdict = function (a, b) {
    var order = ["good", "watch", "poor"];
    return order.indexOf(a) - order.indexOf(b);
  };
  all.glassboxQualityArrived = function (params) {
    all.glassboxFit(params);
    glassbox.markChosen(GRID, glassbox.isOpenSymbol);
  };

  function nameOf(row) { return [row.symbol, row.rule, row.source].join("|"); }
  function choose(row) {
    chosen = nameOf(row);
    glassbox.markChosen(QUARANTINE, function (each) { return nameOf(each) === chosen; });
    window.dash_clientside.set_props("quarantine-row", { data: { symbol: row.symbol, rule: row.rule, source: row.source } });
  }
  all.glassboxQuarantineChosen = function (params) { if (params.data) { choose(params.data); } };
  all.glassboxQuarantineKey = function (params) {
    if (params.event && params.event.key === "Enter" && params.data) { choose(params.data); }
  };

  // Cell renderers. Text only ever enters as a text node.
  var cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  var SIGNS = { good: "✓", watch: "!", poor: "✕" };
  function element() { return window.React.createElement.apply(null, arguments); }
  cells.GlassboxVerdict = function (props) {
    return element("span", { className: "verdict-badge " + props.value },
      element("span", { "aria-hidden": "true" }, SIGNS[props.value]), " ", props.data.verdict_words);
  };
  cells.GlassboxDecision = function (props) {
    return element("span", { className: "decision " + props.data.status }, props.value);
  };
})();
