// The correlation page: its settings, its sectors, and the chart of the chosen pair.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var CHOICES = {
    method: { values: ["pearson", "spearman", "ledoit-wolf"], words: "method" },
    order: { values: ["clusters", "sectors", "names"], words: "order" }
  };

  function nothing() { return window.dash_clientside.no_update; }

  function known(view) {
    var notices = [], chosen = {};
    Object.keys(CHOICES).forEach(function (name) {
      var choice = CHOICES[name];
      var isKnown = !view[name] || choice.values.indexOf(view[name]) >= 0;
      chosen[name] = (isKnown && view[name]) || choice.values[0];
      if (!isKnown) { notices.push({ name: name, value: view[name], words: choice.words }); }
    });
    var isNumber = !view.window || (/^\d{1,5}$/.test(view.window) && Number(view.window) >= 20 && Number(view.window) <= 5040);
    chosen.window = isNumber && view.window ? Number(view.window) : 252;
    if (!isNumber) { notices.push({ name: "window", value: view.window, words: "window of 20 to 5,040 sessions," }); }
    chosen.sector = view.sector;
    chosen.date = view.date;
    return { chosen: chosen, notices: notices };
  }

  function pressed(output, value) { return output.map(function (each) { return String(each.id.value === value); }); }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    askCorrelation: function (view, asked, before) {
      var outputs = window.dash_clientside.callback_context.outputs_list;
      view = view || glassbox.view();
      var found = known(view);
      var pair = view.pair ? view.pair.split(",") : null;
      var isSame = JSON.stringify(found.chosen) === JSON.stringify(asked);
      var root = document.getElementById("correlation");
      if (root && !isSame) { root.setAttribute("aria-busy", "true"); }
      return [
        isSame ? nothing() : found.chosen,
        JSON.stringify(pair) === JSON.stringify(before || null) ? nothing() : pair,
        found.notices.map(glassbox.notice),
        found.chosen.window,
        pressed(outputs[4], found.chosen.method),
        pressed(outputs[5], found.chosen.order)
      ];
    },

    chooseWindow: function (value) {
      if (value === null || value === undefined || value === "") { return; }
      var shown = known(glassbox.view()).chosen.window;
      if (Number(value) !== shown) { glassbox.write({ window: Number(value) === 252 ? "" : String(value) }); }
    },

    showCorrelationSectors: function (view, _children, loaded) {
      var root = document.getElementById("correlation");
      view = view || glassbox.view();
      if (root && loaded) { root.removeAttribute("aria-busy"); }
      glassbox.showSession("correlation-session", view, loaded);
      var names = window.dash_clientside.callback_context.outputs_list[0].map(function (each) { return each.id.value; });
      return [
        names.map(function (name) { return "chip" + (name === view.sector ? " is-active" : ""); }),
        names.map(function (name) { return String(name === view.sector); })
      ];
    },

    drawMatrix: function (source, appearance) {
      if (!source || !appearance) { return nothing(); }
      glassbox.showMatrix(source);
      return "matrix";
    },

    placePairChart: function (source, placed) {
      if (!source) { return placed ? null : nothing(); }
      if (placed) { return nothing(); }
      var clear = "rgba(0,0,0,0)";
      return {
        type: "Graph",
        namespace: "dash_core_components",
        props: {
          id: "correlation-pair-chart", style: { height: "100%" }, responsive: true,
          figure: { data: [], layout: { paper_bgcolor: clear, plot_bgcolor: clear, xaxis: { visible: false }, yaxis: { visible: false } } },
          config: { displayModeBar: false, scrollZoom: false, doubleClick: false }
        }
      };
    },

    drawPair: function (source, appearance, _placed, templates) {
      if (!source || !appearance) { return nothing(); }
      var layout = Object.assign({}, source.figure.layout, { template: templates.quality[appearance] });
      return { data: source.figure.data, layout: layout };
    }
  });
})();
