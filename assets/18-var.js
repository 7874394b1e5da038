// The value-at-risk page: its settings, its figures, and the book that can be edited.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var all = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  var GRID = "var-book";
  var METHODS = ["gbm", "student_t", "block_bootstrap", "filtered_historical"];
  var LEVELS = ["90", "95", "99"];
  var PATHS = ["10000", "100000", "300000", "1000000"];
  var MOST = 3500; // characters of a book in the address: servers take lines of about 4,000
  var DEFAULT = { level: "95", horizon: 1, paths: "100000", method: "trusted" };

  function nothing() { return window.dash_clientside.no_update; }
  function pressed(output, value) { return output.map(function (each) { return String(each.id.value === value); }); }
  function percent(value) { return (Math.round(value * 100) / 100).toString().replace("-", "−") + " %"; }

  // A number as people type it: a comma or a point, a typographic minus, with or without the sign of per cent.
  function read(text) {
    var plain = String(text === null || text === undefined ? "" : text).replace("−", "-").replace(",", ".").replace("%", "").trim();
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
  }

  function known(view) {
    var notices = [];
    function pick(name, values, words) {
      if (!view[name] || values.indexOf(view[name]) >= 0) { return view[name]; }
      notices.push({ name: name, value: view[name], words: words });
      return "";
    }
    var horizon = /^\d{1,3}$/.test(view.horizon) && Number(view.horizon) >= 1 && Number(view.horizon) <= 252 ? Number(view.horizon) : null;
    if (view.horizon && horizon === null) { notices.push({ name: "horizon", value: view.horizon, words: "horizon of 1 to 252 sessions," }); }
    return {
      chosen: {
        level: pick("level", LEVELS, "confidence") || DEFAULT.level,
        method: pick("method", METHODS, "method") || DEFAULT.method,
        paths: Number(pick("paths", PATHS, "number of paths") || DEFAULT.paths),
        horizon: horizon === null ? DEFAULT.horizon : horizon,
        book: view.book,
        shock: view.shock
      },
      notices: notices
    };
  }

  // The book as the address has it: each weight in per cent before the symbols that have it.
  function written(rows) {
    var groups = {};
    rows.forEach(function (row) { if (row.weight) { (groups[row.weight] = groups[row.weight] || []).push(row.symbol); } });
    return Object.keys(groups).map(function (weight) { return "w" + weight + "*" + groups[weight].join("*"); }).join("*");
  }

  function say(words) { window.dash_clientside.set_props("var-book-message", { children: words }); }

  // Puts rows into the address, from where they come back as the book that is asked for.
  function put(rows) {
    var isCurrent = rows.every(function (row) { return row.weight === row.current; });
    var text = isCurrent ? "" : written(rows);
    if (!isCurrent && !text) { return "The book would hold nothing: give it a position, or press Reset."; }
    if (text.length > MOST) { return "This book is too long for an address: give more symbols the same weight, or drop some."; }
    glassbox.write({ book: text });
    return null;
  }

  function held() {
    return new Promise(function (done) {
      glassbox.onGrid(GRID, function (api) {
        var rows = [];
        api.forEachNode(function (node) { rows.push(node.data); });
        done(rows);
      });
    });
  }

  async function change(symbol, weight) {
    var rows = await held();
    var wrong = put(rows.map(function (row) { return row.symbol === symbol ? Object.assign({}, row, { weight: weight }) : row; }));
    if (wrong) { say(wrong); }
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    askRisk: function (view, asked) {
      var outputs = window.dash_clientside.callback_context.outputs_list;
      view = view || glassbox.view();
      var found = known(view);
      var paths = document.getElementById("var-paths");
      if (paths) { paths.value = String(found.chosen.paths); }
      return [
        JSON.stringify(found.chosen) === JSON.stringify(asked) ? nothing() : found.chosen,
        found.notices.map(glassbox.notice),
        found.chosen.horizon,
        pressed(outputs[3], found.chosen.method),
        pressed(outputs[4], found.chosen.level)
      ];
    },

    chooseHorizon: function (value) {
      if (value === null || value === undefined || value === "" || !document.getElementById("var")) { return; }
      if (Number(value) !== known(glassbox.view()).chosen.horizon) {
        glassbox.write({ horizon: Number(value) === DEFAULT.horizon ? "" : String(value) });
      }
    },

    suppose: function (_clicks, _submits, target, move) {
      var name = String(target || "").trim();
      if (!name) { return; }
      var size = read(move);
      glassbox.write({ shock: name + ":" + (isNaN(size) ? String(move || "") : size) });
    },

    changeBook: async function (_add, _submit, _scale, symbol, weight, rows) {
      var trigger = window.dash_clientside.callback_context.triggered_id;
      rows = rows || [];
      if (trigger === "var-book-scale") {
        var total = rows.reduce(function (sum, row) { return sum + row.weight; }, 0);
        if (total <= 0) { return [nothing(), nothing(), "Weights that add up to nothing or less cannot be scaled to 100 %."]; }
        return [nothing(), nothing(), put(rows.map(function (row) { return Object.assign({}, row, { weight: Math.round(row.weight / total * 1e6) / 1e4 }); }))];
      }
      var name = String(symbol || "").trim().toUpperCase();
      var size = read(weight);
      if (!/^[A-Z0-9^][A-Z0-9.^=_-]{0,19}$/.test(name)) { return [nothing(), nothing(), "“" + name.slice(0, 24) + "” is no ticker: type one such as AAPL."]; }
      if (isNaN(size)) { return [nothing(), nothing(), "“" + String(weight || "").slice(0, 12) + "” is no weight: type per cent, such as 2.5."]; }
      var others = rows.filter(function (row) { return row.symbol !== name; });
      var wrong = put(others.concat([{ symbol: name, weight: size, current: 0 }]));
      return wrong ? [nothing(), nothing(), wrong] : ["", "", null];
    },

    showBook: function (rows) {
      if (!rows || !rows.length) { return ""; }
      var total = 0, short = 0, changed = 0;
      rows.forEach(function (row) {
        total += row.weight;
        short += row.weight < 0 ? row.weight : 0;
        changed += row.weight !== row.current ? 1 : 0;
      });
      var cash = 100 - total;
      return "Invested " + percent(total) + (short ? " (short " + percent(short) + ")" : "") + ", " +
        (cash < -0.05 ? "borrowed " + percent(-cash) : "cash " + percent(Math.max(cash, 0))) +
        (changed ? " · " + changed + (changed === 1 ? " weight differs" : " weights differ") + " from today's book" : " · today's book");
    },

    drawRisk: function (source, appearance, templates) {
      if (!appearance) { return nothing(); }
      var clear = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", xaxis: { visible: false }, yaxis: { visible: false } };
      if (!source) { return { data: [], layout: clear }; }
      return { data: source.figure.data, layout: Object.assign({}, source.figure.layout, { template: templates[source.family][appearance] }) };
    }
  });

  all.glassboxWeight = function (params) {
    var value = read(params.newValue);
    if (!isNaN(value)) { say(null); return Math.round(value * 1e4) / 1e4; }
    say("“" + String(params.newValue || "").slice(0, 24) + "” is no weight: type per cent, such as 2.5. " + params.data.symbol + " keeps " + percent(params.oldValue) + ".");
    return params.oldValue;
  };
  all.glassboxWeightChanged = function (params) {
    if (params.newValue !== params.oldValue) { change(params.data.symbol, params.newValue); }
  };

  cells.GlassboxDrop = function (props) {
    var isDropped = props.data.weight === 0;
    var words = isDropped ? "Restore" : "Drop";
    return window.React.createElement("button", {
      type: "button", className: "link-button", "aria-label": words + " " + props.data.symbol,
      disabled: isDropped && !props.data.current,
      onClick: function () { change(props.data.symbol, isDropped ? props.data.current : 0); }
    }, words);
  };
})();
