// The signal feed: filtering, counts and the grid's columns, all in the browser.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var GRID = "signals-grid";
  var WIDE = 1200; // pixels from which the panel stands beside the grid
  var ROW = 34;
  var isFirstLook = true;

  function onGrid(action) { glassbox.onGrid(GRID, action); }

  function hasText(row, q) {
    return !q || row.symbol.toLowerCase().indexOf(q) >= 0 || row.name.toLowerCase().indexOf(q) >= 0;
  }

  glassbox.filter = { sector: "", label: "", q: "", labels: "", confidence: "" };
  glassbox.passes = function (row, filter, without) {
    return (without === "sector" || !filter.sector || row.sector === filter.sector) &&
      (without === "label" || !filter.label || glassbox.labelOf(row, filter) === filter.label) &&
      glassbox.isConfident(row, filter) && hasText(row, filter.q);
  };

  // How many rows each label and each sector would show with the other filters as they are.
  glassbox.facets = function (rows, filter) {
    var facets = { label: {}, sector: {}, allSectors: 0, shown: 0 };
    rows.forEach(function (row) {
      var label = glassbox.labelOf(row, filter);
      if (glassbox.passes(row, filter, "label")) { facets.label[label] = (facets.label[label] || 0) + 1; }
      if (glassbox.passes(row, filter, "sector")) {
        facets.sector[row.sector] = (facets.sector[row.sector] || 0) + 1;
        facets.allSectors += 1;
      }
      if (glassbox.passes(row, filter)) { facets.shown += 1; }
    });
    return facets;
  };

  function notices(view, isSectorKnown) {
    var unknown = view.unknown.slice();
    if (!isSectorKnown) { unknown.push({ name: "sector", value: view.sector, words: "sector" }); }
    return unknown.map(glassbox.notice);
  }

  function noMatch(filter) {
    var words = [filter.q && "text “" + filter.q + "”", filter.label && "signal “" + filter.label.replace("-", " ").replace("none", "no score") + "”", filter.sector && "sector " + filter.sector, filter.confidence && "that confidence"].filter(Boolean);
    return [
      glassbox.element("Div", { className: "state-title", children: "No symbol matches" }),
      glassbox.element("Div", { className: "state-why", children: "Nothing in the feed has " + words.join(" and ").replace(/^text/, "the text").replace(/^signal/, "the signal").replace(/^sector/, "the sector") + "." }),
      glassbox.element("Button", { className: "button", type: "button", children: "Show all", "data-filter": "all" })
    ];
  }

  function openFirst(view, rows) {
    if (!isFirstLook || !rows.length) { return; }
    isFirstLook = false;
    if (view.symbol !== null || window.innerWidth < WIDE) { return; }
    var first = rows.find(function (row) { return glassbox.passes(row, glassbox.filter); });
    if (first) { glassbox.write({ symbol: first.symbol }, true); }
  }

  glassbox.markSelected = function () {
    // On the way to another page the address names no symbol any more, and the grid is about to go.
    if (/^\/(signals\/?)?$/.test(window.location.pathname)) { glassbox.markChosen(GRID, glassbox.isOpenSymbol); }
  };

  // Filters the rows at once; counts follow with the callbacks.
  glassbox.applyFilter = function (view) {
    var rows = glassbox.rows || [];
    var isSectorKnown = !rows.length || !view.sector || rows.some(function (row) { return row.sector === view.sector; });
    var filter = { sector: isSectorKnown ? view.sector : "", label: view.label, q: view.q.toLowerCase(), labels: view.labels, confidence: view.confidence };
    var isSame = JSON.stringify(filter) === JSON.stringify(glassbox.filter);
    var isOtherKind = filter.labels !== glassbox.filter.labels;
    glassbox.filter = filter;
    // On another page there is no grid to tell; a new one asks by itself.
    if (!isSame && document.getElementById(GRID)) { onGrid(function (api) {
      if (isOtherKind) { glassbox.redrawLabels(api); }
      api.onFilterChanged();
    }); }
    return isSectorKnown;
  };
  glassbox.appliers.push(glassbox.applyFilter);

  var sorted = new WeakMap(); // what each grid was last told; a page that is opened again has a new one
  function sortGrid(api, sort) {
    if (sort === (sorted.get(api) || "")) { return; }
    sorted.set(api, sort);
    var parts = /^([a-z_]+)\.(asc|desc)$/.exec(sort);
    var column = parts && api.getColumn(parts[1]);
    var state = column && column.getColDef().sortable !== false ? [{ colId: parts[1], sort: parts[2] }] : [];
    api.applyColumnState({ state: state, defaultState: { sort: null } });
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    showFiltered: function (view, rows) {
      var outputs = window.dash_clientside.callback_context.outputs_list;
      var labels = outputs[0].map(function (each) { return each.id.value; });
      var sectors = outputs[4].map(function (each) { return each.id.value; });
      view = view || glassbox.view();
      rows = rows || [];
      var isLoaded = rows.length > 0;
      if (isLoaded) { glassbox.rows = rows; }
      var isSectorKnown = glassbox.applyFilter(view);
      var filter = glassbox.filter;
      var facets = glassbox.facets(rows, filter);
      var total = labels.reduce(function (sum, slug) { return sum + (facets.label[slug] || 0); }, 0);
      onGrid(function (api) {
        sortGrid(api, view.sort);
      });
      openFirst(view, rows);
      return [
        labels.map(function (slug) {
          return "segment segment-" + slug + (filter.label === slug ? " is-active" : "") + (isLoaded && !facets.label[slug] ? " is-empty" : "");
        }),
        labels.map(function (slug) { return { flexGrow: total ? facets.label[slug] || 0 : 1 }; }),
        labels.map(function (slug) { return String(filter.label === slug); }),
        labels.map(function (slug) { return isLoaded ? (facets.label[slug] || 0).toLocaleString("en") : "–"; }),
        sectors.map(function (name) { return "chip" + (filter.sector === name ? " is-active" : ""); }),
        sectors.map(function (name) { return String(filter.sector === name); }),
        sectors.map(function (name) { return (name === "" ? facets.allSectors : facets.sector[name] || 0).toLocaleString("en"); }),
        isLoaded ? facets.shown.toLocaleString("en") + " of " + rows.length.toLocaleString("en") : "",
        notices(view, isSectorKnown),
        isLoaded && facets.shown === 0 ? noMatch(filter) : null,
        !(isLoaded && facets.shown === 0),
        { "--grid-height": (Math.max(facets.shown, isLoaded && facets.shown === 0 ? 5 : 1) + 1) * ROW + "px" }
      ];
    },

    markSelected: function () { glassbox.markSelected(); },

    exportCsv: function () {
      var rows = glassbox.rows || [];
      var session = rows.reduce(function (last, row) { return row.session > last ? row.session : last; }, "");
      glassbox.exportGrid(GRID, "signals-" + session + ".csv", function (params) {
        // The columns mean what those of the command line mean, whichever kind of label is shown.
        var name = params.column.getColId();
        if (name === "confidence") { return params.node.data.confidence; }
        if (name !== "label" && name !== "quantile_label") { return undefined; }
        var slug = params.node.data[name];
        return slug === "none" ? "" : slug.replace("-", " ").toUpperCase();
      });
    }
  });
})();
