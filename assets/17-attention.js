// The attention page: what the address asks for, and its two charts; the heat maps are in 18-heat.js.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var TABS = ["attention", "importance"];
  var offered = null; // the symbols that can be typed
  var filled = ""; // what the page itself has put into the field of the symbol
  var NARROW = 720; // pixels of a narrow screen
  var ORDERS = ["names", "sectors", "uneven"];

  function nothing() { return window.dash_clientside.no_update; }
  function number(text) { return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null; }

  function known(view) {
    var notices = [];
    function check(name, isKnown, words) {
      if (view[name] && !isKnown) { notices.push({ name: name, value: view[name], words: words }); }
    }
    check("tab", TABS.indexOf(view.tab) >= 0, "tab");
    check("order", ORDERS.indexOf(view.order) >= 0, "order");
    check("model", number(view.model) !== null, "model");
    check("head", number(view.head) !== null, "head");
    return {
      chosen: {
        tab: view.tab === "importance" ? "importance" : "attention",
        order: ORDERS.indexOf(view.order) >= 0 ? view.order : "names",
        model: number(view.model),
        head: number(view.head),
        symbol: view.symbol || "",
        sector: view.sector,
        date: view.date
      },
      notices: notices
    };
  }

  // Hundreds of choices as components would keep the page busy for longer than the matrix does.
  function offer(symbols) {
    var list = document.getElementById("attention-symbols");
    if (!list || !symbols || offered === symbols) { return; }
    offered = symbols;
    list.replaceChildren.apply(list, symbols.map(function (each) {
      var option = document.createElement("option");
      option.value = each[0];
      option.label = each[1];
      return option;
    }));
  }

  function showSector() {
    var select = document.getElementById("attention-sector");
    if (!select) { return; }
    var sector = glassbox.view().sector;
    var isKnown = Array.prototype.some.call(select.options, function (option) { return option.value === sector; });
    select.value = isKnown ? sector : "";
    select.classList.toggle("is-active", isKnown && sector !== "");
  }

  // The names of features, which else leave their points no room; whole they are told of each point.
  function shortened(axis, most) {
    var names = axis.ticktext.map(function (name) { return name.length > most ? name.slice(0, most - 1).trim() + "…" : name; });
    return Object.assign({}, axis, { ticktext: names });
  }

  function pressed(output, value) { return output.map(function (each) { return String(each.id.value === value); }); }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    askAttention: function (view, asked) {
      var outputs = window.dash_clientside.callback_context.outputs_list;
      var found = known(view || glassbox.view());
      var isSame = JSON.stringify(found.chosen) === JSON.stringify(asked);
      var root = document.getElementById("attention");
      if (root && !isSame) { root.setAttribute("aria-busy", "true"); }
      return [
        isSame ? nothing() : found.chosen,
        found.notices.map(glassbox.notice),
        found.chosen.tab !== "attention",
        found.chosen.tab !== "importance",
        pressed(outputs[4], found.chosen.tab),
        pressed(outputs[5], found.chosen.order)
      ];
    },

    attentionLoaded: function (loaded, symbols) {
      var root = document.getElementById("attention");
      if (root && loaded) { root.removeAttribute("aria-busy"); }
      glassbox.showSession("attention-session", glassbox.view(), loaded);
      // The choices of the sector come with the same answer, and stand in the page after this.
      window.requestAnimationFrame(showSector);
      var field = document.getElementById("attention-symbol");
      if (!loaded || !loaded.symbol) { return nothing(); }
      glassbox.markRow("attention-matrix", loaded.symbol);
      offer(symbols);
      if (field && field === document.activeElement) { return nothing(); }
      filled = loaded.symbol;
      return filled;
    },

    chooseAttentionSymbol: function (value) {
      var symbol = (value || "").trim().toUpperCase();
      if (symbol && value !== filled && symbol !== glassbox.view().symbol) { glassbox.write({ symbol: symbol }); }
    },

    placeAttentionChart: function (source, placed) {
      if (!source || (placed && placed.props && placed.type === "Graph")) { return nothing(); }
      var clear = "rgba(0,0,0,0)";
      return {
        type: "Graph",
        namespace: "dash_core_components",
        props: {
          id: window.dash_clientside.callback_context.outputs_list.id.replace("-slot", ""), style: { height: "100%" }, responsive: true,
          figure: { data: [], layout: { paper_bgcolor: clear, plot_bgcolor: clear, xaxis: { visible: false }, yaxis: { visible: false } } },
          config: { displayModeBar: false, scrollZoom: false, doubleClick: false }
        }
      };
    },

    drawAttentionChart: function (source, appearance, _placed, templates) {
      if (!source || !appearance) { return nothing(); }
      var layout = Object.assign({}, source.figure.layout, { template: templates.attention[appearance] });
      if (layout.yaxis.ticktext) { layout.yaxis = shortened(layout.yaxis, window.innerWidth <= NARROW ? 18 : 25); }
      return { data: source.figure.data, layout: layout };
    }
  });
})();
