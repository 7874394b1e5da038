// What every grid of the pages shares: waiting for its code, the chosen row, the CSV.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var MAIN = ["signals-grid", "quality-grid"]; // at most one of them is on the page
  var followed = new WeakSet();

  // The grid's code is loaded when its page is: what comes before that waits, ten seconds at most.
  glassbox.onGrid = function (id, action, nTries) {
    if (!document.getElementById(id) || !window.dash_ag_grid) {
      if ((nTries || 0) < 100) { window.setTimeout(function () { glassbox.onGrid(id, action, (nTries || 0) + 1); }, 100); }
      return;
    }
    window.dash_ag_grid.getApiAsync(id).then(function (api) {
      if (api && !api.isDestroyed()) { action(api); }
    });
  };

  // The grid that the search and the keys mean.
  glassbox.onMainGrid = function (action) {
    var id = MAIN.find(function (each) { return document.getElementById(each); });
    if (id) { glassbox.onGrid(id, action); }
  };

  // Marks the rows that isChosen names. A moment later: the grid's Dash wrapper sets its own idea of the
  // selection right after new rows.
  glassbox.markChosen = function (id, isChosen) {
    window.setTimeout(function () {
      glassbox.onGrid(id, function (api) {
        // Its Dash wrapper may set its listeners after the first rows came, and its own selection after that.
        if (!followed.has(api)) {
          followed.add(api);
          var again = function () { glassbox.markChosen(id, isChosen); };
          api.addEventListener("modelUpdated", again);
          api.addEventListener("selectionChanged", again);
        }
        api.forEachNode(function (node) {
          var should = isChosen(node.data);
          if (node.isSelected() !== should) { node.setSelected(should); }
        });
      });
    }, 20);
  };

  glassbox.isOpenSymbol = function (row) { return row.symbol === glassbox.view().symbol; };

  glassbox.focusGrid = function () {
    glassbox.onMainGrid(function (api) {
      var cell = api.getFocusedCell();
      if (cell) { api.setFocusedCell(cell.rowIndex, cell.column); }
    });
  };

  glassbox.openBestMatch = function (text) {
    var wanted = text.toUpperCase();
    glassbox.onMainGrid(function (api) {
      var symbols = [];
      api.forEachNodeAfterFilterAndSort(function (node) { symbols.push(node.data.symbol); });
      var best = symbols.indexOf(wanted) >= 0 ? wanted : symbols[0];
      if (best) { glassbox.write({ symbol: best }); }
    });
  };

  // A spreadsheet would run text that begins like a formula.
  function harmless(value) {
    return typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
  }

  // The grid's rows as they are filtered and sorted. instead: the value of a cell where it is not the plain one.
  glassbox.exportGrid = function (id, fileName, instead) {
    glassbox.onGrid(id, function (api) {
      api.exportDataAsCsv({
        fileName: fileName,
        columnKeys: api.getGridOption("context").exportColumns,
        processHeaderCallback: function (params) { return params.column.getColId(); },
        processCellCallback: function (params) {
          var other = instead && instead(params);
          return other === undefined ? harmless(params.value) : other;
        }
      });
    });
  };

  // What the address asks for and there is none of.
  glassbox.notice = function (unknown) {
    var value = unknown.value.length > 32 ? unknown.value.slice(0, 32) + "…" : unknown.value;
    return glassbox.element("Div", {
      className: "notice notice-warn",
      children: ["The address asks for the " + unknown.words + " “" + value + "”, which there is none of; it is left out. ",
        glassbox.element("Button", { children: "Remove it", className: "link-button", type: "button", "data-filter": unknown.name, "data-value": "" })]
    });
  };
})();
