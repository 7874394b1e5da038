// Which labels the feed shows and how much confidence it asks for; of which session pages are.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var all = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var SIDES = { "strong-buy": 1, buy: 1, sell: -1, "strong-sell": -1 };
  var SHOWN_LATE = 400; // milliseconds that a typed date may still change
  var pending = 0;

  function nothing() { return window.dash_clientside.no_update; }
  function isByQuantile() { return glassbox.filter.labels === "quantile"; }

  glassbox.labelOf = function (row, filter) { return filter.labels === "quantile" ? row.quantile_label : row.label; };

  // The confidence is that of the label by thresholds: it holds for the other one where both say buy or both sell.
  glassbox.confidenceOf = function (row, filter) {
    var isSame = SIDES[glassbox.labelOf(row, filter)] === SIDES[row.label];
    return isSame ? row.confidence : null;
  };

  glassbox.isConfident = function (row, filter) {
    if (!filter.confidence) { return true; }
    var confidence = glassbox.confidenceOf(row, filter);
    if (confidence === null || confidence === undefined) { return false; }
    return filter.confidence === "base" ? confidence > row.confidence_base_rate : confidence >= Number(filter.confidence) / 100;
  };

  all.glassboxLabelOf = function (row) { return glassbox.labelOf(row, glassbox.filter); };
  all.glassboxConfidenceOf = function (row) { return glassbox.confidenceOf(row, glassbox.filter); };
  all.glassboxMadeOf = function (row) { return row.made_of ? "Made of " + row.made_of : ""; };
  all.glassboxConfidenceNote = function (row) {
    if (row.confidence !== null && all.glassboxConfidenceOf(row) === null) {
      return "Fitted for the label by thresholds, which is " + row.label_text + " here; there is none for the label by quantile.";
    }
    return row.confidence_note;
  };

  // The grid draws the kind of label that is chosen, and sorts by it.
  glassbox.redrawLabels = function (api) {
    api.refreshCells({ columns: ["label", "confidence"], force: true });
    api.refreshClientSideRowModel("sort");
  };

  function field(slot) {
    var made = slot.querySelector("input");
    if (made) { return made; }
    made = document.createElement("input");
    made.type = "date";
    made.className = "chip-field";
    made.setAttribute("aria-label", "Show the page as of this session");
    made.setAttribute("data-tip", "As of which session: what was known at that day's close. Empty: the newest.");
    // While a year is being typed the field holds years like 0002: they are not meant yet.
    made.addEventListener("change", function () {
      window.clearTimeout(pending);
      pending = window.setTimeout(function () {
        if (made.value === "" || made.value >= (made.min || "1900")) { glassbox.write({ date: made.value >= made.max ? "" : made.value }); }
      }, SHOWN_LATE);
    });
    slot.appendChild(made);
    return made;
  }

  // The field of the session in a page's slot. loaded: what the page shows, and from when to when it could.
  glassbox.showSession = function (id, view, loaded) {
    var slot = document.getElementById(id);
    if (!slot || !loaded || !loaded.as_of) { return; }
    var input = field(slot);
    input.min = loaded.first;
    input.max = loaded.last;
    if (document.activeElement !== input) { input.value = view.date || loaded.as_of; }
    input.classList.toggle("is-active", Boolean(view.date));
  };

  document.addEventListener("change", function (event) {
    if (event.target.tagName === "SELECT" && event.target.hasAttribute("data-filter")) {
      var changes = {};
      changes[event.target.getAttribute("data-filter")] = event.target.value;
      glassbox.write(changes);
    }
  });

  // The legend and the panel's verdict follow with the style sheet.
  glassbox.appliers.push(function (view) {
    var page = document.getElementById("signals");
    if (page) { page.setAttribute("data-labels", view.labels || "threshold"); }
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    selectDate: function (view, before) {
      var date = (view && view.date) || null;
      return date === before ? nothing() : date;
    },

    showTools: function (view, loaded) {
      view = view || glassbox.view();
      var page = document.getElementById("signals");
      if (page) { page.setAttribute("data-labels", view.labels || "threshold"); }
      var select = document.getElementById("signals-confidence");
      if (select) { select.value = view.confidence; select.classList.toggle("is-active", Boolean(view.confidence)); }
      glassbox.showSession("signals-session", view, loaded);
      return window.dash_clientside.callback_context.outputs_list.map(function (each) { return String(each.id.value === view.labels); });
    }
  });
})();
