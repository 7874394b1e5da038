// The ticker panel: which symbol it stands for, and its chart in the colours of the theme.
(function () {
  "use strict";
  var drawn = { wanted: "", source: null, strip: null }; // what the chart shows
  // Before its first data the chart must not flash Plotly's white default.
  var CLEAR = "rgba(0,0,0,0)";
  var BLANK = { data: [], layout: { paper_bgcolor: CLEAR, plot_bgcolor: CLEAR, xaxis: { visible: false }, yaxis: { visible: false } } };

  function later(step) { return new Promise(step); }

  // The rows come first: Plotly keeps the browser busy for a while when it is loaded, and is so by its first chart.
  async function rowsAreShown() {
    await later(function (done) { window.glassbox.onGrid("signals-grid", done); });
    await later(function (done) { window.requestAnimationFrame(function () { window.setTimeout(done, 0); }); });
    await later(function (done) {
      if (window.requestIdleCallback) { window.requestIdleCallback(done, { timeout: 2000 }); } else { window.setTimeout(done, 200); }
    });
  }

  // A bar a day, all of one height: the weight is its colour, and its number on hover. Plotly would take numbers
  // under a template's scale for colours and complain of each.
  function attention(strip, template) {
    var ends = template.data.bar[2].marker.colorscale, most = Math.max.apply(null, strip.weights) || 1;
    return {
      type: "bar", name: "Attention", yaxis: "y4", showlegend: false, x: strip.days,
      y: strip.weights.map(function (weight) { return weight > 0 ? 1 : 0; }), width: 86400000,
      customdata: strip.weights, hovertemplate: "%{customdata:.1%}",
      marker: { color: strip.weights.map(function (weight) { return window.glassbox.between(ends[0][1], ends[1][1], weight / most); }) }
    };
  }

  // Dash asks for the section's class once its answer is there; until then the reasons of the symbol before must
  // not stand under another one's name.
  function reasonsAreStale(are) {
    var section = document.getElementById("model-why");
    if (section) { section.toggleAttribute("data-stale", are); }
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    select: function (view, before) {
      var symbol = (view && view.symbol) || null;
      if (symbol === before) { return window.dash_clientside.no_update; }
      reasonsAreStale(true);
      return symbol;
    },

    panelClass: function (symbol, shown) {
      if (!symbol) { return ["panel", "false"]; }
      var isLoading = !shown || shown.symbol !== symbol;
      var kind = isLoading ? " is-loading" : shown.has_data ? "" : " is-message";
      return ["panel is-open" + kind, String(isLoading)];
    },

    placeChart: async function (source, loaded, placed) {
      if (!source || !loaded || placed) { return window.dash_clientside.no_update; }
      await rowsAreShown();
      return {
        type: "Graph",
        namespace: "dash_core_components",
        props: {
          id: "price-chart", style: { height: "100%" }, responsive: true, figure: BLANK,
          config: { displayModeBar: false, scrollZoom: false, doubleClick: false }
        }
      };
    },

    showRange: function (view) {
      var range = (view && view.range) || "6m";
      return window.dash_clientside.callback_context.outputs_list.map(function (each) { return String(each.id.value === range); });
    },

    // The model that the address names: the panel then explains with it.
    askModel: function (view, before) {
      var model = (view && /^\d{1,9}$/.test(view.model) && Number(view.model)) || null;
      return model === (before === undefined ? null : before) ? window.dash_clientside.no_update : model;
    },

    modelClass: function (symbol, shown) {
      reasonsAreStale(false);
      var kind = !shown || shown.symbol !== symbol ? " is-loading" : shown.has_data ? " has-data" : " is-message";
      return ["panel-section model-why" + kind, String(kind === " is-loading")];
    },

    drawChart: function (source, appearance, view, strip, templates) {
      var range = (view && view.range) || "6m";
      var wanted = [appearance, range].join(" ");
      // A change of the address alone draws nothing; its trigger also comes together with new data.
      var isShown = drawn.wanted === wanted && drawn.source === source && drawn.strip === strip;
      if (!source || !appearance || isShown) { return window.dash_clientside.no_update; }
      drawn = { wanted: wanted, source: source, strip: strip };
      var visible = source.ranges[range];
      var layout = Object.assign({}, source.figure.layout, { template: templates.price[appearance] });
      ["x", "y", "y2"].forEach(function (axis) {
        var name = axis.replace(/^([xy])/, "$1axis");
        layout[name] = Object.assign({}, layout[name], { range: visible[axis], autorange: false });
      });
      layout.xaxis.dtick = visible.dtick;
      // Without weights one bar of no height stays: of a subplot without traces Plotly would leave the old bars.
      var isHere = strip && strip.symbol === source.symbol;
      var bars = [attention(isHere ? strip : { days: source.figure.data[0].x.slice(-1), weights: [0] }, layout.template)];
      if (isHere) { layout.annotations = layout.annotations.concat(Object.assign({}, layout.annotations[0], { text: "Attention", y: 0.43 })); }
      return { data: source.figure.data.concat(bars), layout: layout };
    }
  });
})();
