// The address is the state: everything that a person chooses is written there and read back from there.
(function () {
  "use strict";
  var LABELS = ["strong-buy", "buy", "hold", "sell", "strong-sell", "none"];
  var RANGES = ["3m", "6m", "1y"];
  var CONFIDENCES = ["50", "52", "55", "base"];
  var LONGEST = 60; // characters of a search or name that are looked at; longer ones are not meant
  var no_update = function () { return window.dash_clientside.no_update; };
  var glassbox = (window.glassbox = window.glassbox || {});

  function clean(text) { return (text || "").slice(0, LONGEST).trim(); }

  // What is no ticker at all is shown as it was typed.
  function ticker(text) { return /^[\w^.=-]+$/.test(text) ? text.toUpperCase() : text; }

  function isDay(text) { return /^\d{4}-\d{2}-\d{2}$/.test(text) && !isNaN(Date.parse(text)); }

  // Symbol: null where the address does not say, "" where the panel was closed.
  glassbox.parse = function (search) {
    var given = new URLSearchParams((search || "").slice(0, 4000));
    var label = clean(given.get("label")).toLowerCase().replace(/[ _]+/g, "-");
    var range = clean(given.get("range")).toLowerCase();
    var symbol = given.get("symbol");
    var view = {
      sector: clean(given.get("sector")),
      label: LABELS.indexOf(label) >= 0 ? label : "",
      q: clean(given.get("q")),
      symbol: symbol === null ? null : ticker(clean(symbol)),
      range: RANGES.indexOf(range) >= 0 ? range : "6m",
      sort: clean(given.get("sort")),
      labels: clean(given.get("labels")).toLowerCase(),
      confidence: clean(given.get("confidence")).toLowerCase(),
      date: clean(given.get("date")),
      problem: clean(given.get("problem")).toLowerCase(),
      status: clean(given.get("status")).toLowerCase(),
      method: clean(given.get("method")).toLowerCase(),
      order: clean(given.get("order")).toLowerCase(),
      window: clean(given.get("window")),
      pair: clean(given.get("pair")).toUpperCase(),
      model: clean(given.get("model")),
      head: clean(given.get("head")),
      tab: clean(given.get("tab")).toLowerCase(),
      trial: clean(given.get("trial")),
      section: clean(given.get("section")).toLowerCase(),
      level: clean(given.get("level")),
      horizon: clean(given.get("horizon")),
      paths: clean(given.get("paths")),
      book: (given.get("book") || "").slice(0, 4000),
      shock: (given.get("shock") || "").slice(0, 400),
      year: /^\d{4}$/.test(given.get("year") || "") ? Number(given.get("year")) : null,
      unknown: []
    };
    if (label && !view.label) { view.unknown.push({ name: "label", value: label, words: "signal" }); }
    drop(view, "labels", ["", "quantile"].indexOf(view.labels) >= 0, "kind of label");
    drop(view, "confidence", !view.confidence || CONFIDENCES.indexOf(view.confidence) >= 0, "confidence");
    drop(view, "date", !view.date || isDay(view.date), "day");
    if (range && view.range !== range) { view.unknown.push({ name: "range", value: range, words: "range" }); }
    return view;
  };

  function drop(view, name, isKnown, words) {
    if (isKnown) { return; }
    view.unknown.push({ name: name, value: view[name], words: words });
    view[name] = "";
  }

  // What each page does at once with a view that is being written.
  glassbox.appliers = [];

  glassbox.view = function () { return glassbox.parse(window.location.search); };

  // Writes changes into the address; an empty value removes its name, except the symbol's, which means closed.
  glassbox.write = function (changes, replace) {
    var given = new URLSearchParams(window.location.search.slice(0, 4000));
    Object.keys(changes).forEach(function (name) {
      var value = changes[name];
      if (value === "" && name !== "symbol") { given.delete(name); } else { given.set(name, value); }
    });
    var search = given.toString();
    var path = window.location.pathname === "/" ? "/signals" : window.location.pathname;
    var address = path + (search ? "?" + search : "");
    if (address === window.location.pathname + window.location.search) { return; }
    var view = glassbox.parse(search);
    glassbox.appliers.forEach(function (apply) { apply(view); });
    window.history[replace ? "replaceState" : "pushState"](null, "", address);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); // what dcc.Location listens to
  };

  glassbox.element = function (type, props) {
    return { type: type, namespace: "dash_html_components", props: props };
  };

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-filter]");
    if (!button || button.tagName === "SELECT") { return; }
    var name = button.getAttribute("data-filter");
    var value = button.getAttribute("data-value") || "";
    if (name === "all") { glassbox.write({ sector: "", label: "", q: "", confidence: "", problem: "", status: "" }); return; }
    var changes = {};
    var isToggle = ["label", "sector", "problem", "status"].indexOf(name) >= 0;
    changes[name] = isToggle && glassbox.view()[name] === value ? "" : value;
    glassbox.write(changes);
    if (name === "symbol") { glassbox.focusGrid(); }
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    route: function (path, routes, page) {
      var slug = routes[(path || "/").replace(/(.)\/+$/, "$1")] || "";
      var entries = window.dash_clientside.callback_context.outputs_list[1] || [];
      var classes = entries.map(function (entry) {
        return "rail-entry" + (entry.id.value === slug ? " is-active" : "");
      });
      return [slug === page ? no_update() : slug, classes];
    },
    readAddress: function (search, before) {
      var view = glassbox.parse(search);
      return JSON.stringify(view) === JSON.stringify(before) ? no_update() : view;
    },
    search: function (text) {
      var q = clean(text);
      if (q !== glassbox.view().q) { glassbox.write({ q: q }, true); }
    },
    submitSearch: function (_times, text) { glassbox.openBestMatch(clean(text)); },
    showSearch: function (view, text) {
      // What is being typed is ahead of the address and must not be overwritten by it.
      var isTyping = document.activeElement && document.activeElement.id === "search";
      return !view || isTyping || view.q === clean(text) ? no_update() : view.q;
    }
  });
})();
