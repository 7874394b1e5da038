// The Models page: which line is examined, the parts of the page, its grids and figures, in the browser.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var TRIALS = "models-trials";
  var REGISTRY = "models-registry";
  var text = "";
  var shown = null; // key of the line whose details are on the page
  var at = ""; // the part that was scrolled to last

  function nothing() { return window.dash_clientside.no_update; }
  function isHere() { return Boolean(document.getElementById("models")); }

  function keyOf(view) {
    if (view.model) { return "model:" + view.model; }
    return view.trial ? "trial:" + view.trial : null;
  }

  function examine(key) {
    var parts = key.split(":");
    glassbox.write({ model: parts[0] === "model" ? parts[1] : "", trial: parts[0] === "trial" ? parts[1] : "" });
  }

  function toPart(name) {
    var part = document.querySelector('#models [data-anchor="' + name + '"]');
    if (!part) { return; }
    var isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    part.scrollIntoView({ block: "start", behavior: isCalm ? "auto" : "smooth" });
  }

  function followPart(view) {
    document.querySelectorAll("#models-sections [data-section]").forEach(function (button) {
      var isAt = button.getAttribute("data-section") === view.section;
      button.classList.toggle("is-active", isAt);
      if (isAt) { button.setAttribute("aria-current", "true"); } else { button.removeAttribute("aria-current"); }
    });
    if (view.section && view.section !== at && /^[a-z]+$/.test(view.section)) { toPart(view.section); }
    at = view.section;
  }

  glassbox.appliers.push(function (view) {
    if (!isHere()) { return; }
    if (text !== view.q.toLowerCase()) {
      text = view.q.toLowerCase();
      [TRIALS, REGISTRY].forEach(function (id) { glassbox.onGrid(id, function (api) { api.onFilterChanged(); }); });
    }
    followPart(view);
  });

  document.addEventListener("click", function (event) {
    var part = event.target.closest("[data-section]");
    if (part) {
      at = "";
      glassbox.write({ section: part.getAttribute("data-section") });
      followPart(glassbox.view());
      return;
    }
    var row = event.target.closest("#models .evidence-row, #models [data-examine]");
    var button = row && (row.matches("[data-examine]") ? row : row.querySelector("[data-examine]"));
    if (button) { examine(button.getAttribute("data-examine")); }
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    examined: function (view, before) {
      view = view || glassbox.view();
      text = view.q.toLowerCase();
      if (shown !== null) { followPart(view); }
      var key = keyOf(view);
      return key === (before || null) ? nothing() : key;
    },

    // Runs when details have arrived: a copied address may name a part, which has its place only now.
    markModelRows: function (details) {
      if (!details) { shown = null; return; }
      var isFirst = shown === null;
      shown = details.key;
      [TRIALS, REGISTRY].forEach(function (id) {
        glassbox.markChosen(id, function (row) { return row.key === shown; });
      });
      if (isFirst) { at = ""; window.setTimeout(function () { followPart(glassbox.view()); }, 50); }
    },

    exportModels: function () {
      var isTrials = window.dash_clientside.callback_context.triggered_id === "models-trials-export";
      glassbox.exportGrid(isTrials ? TRIALS : REGISTRY, isTrials ? "trials.csv" : "models.csv");
    },

    drawModel: function (sources, appearance, templates, graph) {
      var source = sources && sources[graph];
      if (!source || !appearance) { return nothing(); }
      return { data: source.data, layout: Object.assign({}, source.layout, { template: templates.models[appearance] }) };
    }
  });

  var all = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  all.glassboxModelPasses = function (row) {
    return !text || [row.name, row.configuration, row.status].join(" ").toLowerCase().indexOf(text) >= 0;
  };
  function fromGrid(key) {
    examine(key);
    var head = document.getElementById("models-detail-head");
    if (head) { head.scrollIntoView({ block: "start" }); }
  }
  all.glassboxExamine = function (params) { if (params.data && !params.data.is_fixed) { fromGrid(params.data.key); } };
  all.glassboxExamineKey = function (params) {
    if (params.event && params.event.key === "Enter") { all.glassboxExamine(params); }
  };
})();
