// The ticker panel: which symbol it stands for, and its chart in the colours of the theme.
(function () {
  "use strict";
  var drawn = "";

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    select: function (view, before) {
      var symbol = (view && view.symbol) || null;
      return symbol === before ? window.dash_clientside.no_update : symbol;
    },

    panelClass: function (symbol, shown) {
      if (!symbol) { return ["panel", "false"]; }
      var isLoading = !shown || shown.symbol !== symbol;
      var kind = isLoading ? " is-loading" : shown.has_data ? "" : " is-message";
      return ["panel is-open" + kind, String(isLoading)];
    },

    drawChart: function (source, appearance, view, templates, before) {
      var range = (view && view.range) || "6m";
      var buttons = window.dash_clientside.callback_context.outputs_list[1].map(function (each) {
        return String(each.id.value === range);
      });
      var trigger = window.dash_clientside.callback_context.triggered_id;
      var wanted = [appearance, range].join(" ");
      if (!source || !appearance || (drawn === wanted && trigger === "view" && before.data.length)) {
        return [window.dash_clientside.no_update, buttons];
      }
      drawn = wanted;
      var visible = source.ranges[range];
      var layout = Object.assign({}, source.figure.layout, { template: templates[appearance] });
      ["x", "y", "y2"].forEach(function (axis) {
        var name = axis.replace(/^([xy])/, "$1axis");
        layout[name] = Object.assign({}, layout[name], { range: visible[axis], autorange: false });
      });
      layout.xaxis.dtick = visible.dtick;
      return [{ data: source.figure.data, layout: layout }, buttons];
    }
  });
})();
