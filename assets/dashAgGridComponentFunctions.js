// Cell renderers. Text only ever enters as a text node.
(function () {
  "use strict";
  var all = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  var ARROWS = { "strong-buy": "▲", buy: "▲", hold: "■", sell: "▼", "strong-sell": "▼" };
  var KINDS = { "strong-buy": "up", buy: "up", hold: "hold", sell: "down", "strong-sell": "down" };
  var NO_LABEL = "Labels by quantile need 252 sessions of the universe with scores";
  var SVG = { width: 84, height: 22, levels: 40 };
  var PART = { width: 26, gap: 4, height: 8 };
  var PART_NAMES = ["RSI", "MACD", "MA", "BB"];
  function element() { return window.React.createElement.apply(null, arguments); }

  all.GlassboxLabel = function (props) {
    var row = props.data;
    if (row.confluence === null || row.confluence === undefined) {
      return element("span", { className: "reason", title: row.reason }, row.reason || "No score yet");
    }
    var label = props.value;
    if (!KINDS[label]) { return element("span", { className: "reason", title: NO_LABEL }, "No label yet"); }
    return element("span", { className: "badge-label " + KINDS[label] },
      element("span", { "aria-hidden": "true" }, ARROWS[label]), " ", label.charAt(0).toUpperCase() + label.slice(1).replace("-", " "));
  };

  // Four bars around 0.5, each part's full range being its own frame.
  all.GlassboxParts = function (props) {
    var values = (props.value || "").split(" ").map(parseFloat);
    if (!values.length || isNaN(values[0])) { return null; }
    var step = PART.width + PART.gap;
    var words = values.map(function (value, i) { return PART_NAMES[i] + " " + value.toFixed(2); }).join(", ");
    var bars = [];
    values.forEach(function (value, i) {
      var left = i * step;
      var middle = left + PART.width / 2;
      var length = (value - 0.5) * PART.width;
      bars.push(
        element("rect", { key: "g" + i, className: "part-ground", x: left, y: 0, width: PART.width, height: PART.height, rx: 2 }),
        element("rect", { key: "v" + i, className: "part-value", x: Math.min(middle, middle + length), y: 0, width: Math.abs(length), height: PART.height, rx: 1 }),
        element("rect", { key: "m" + i, className: "part-middle", x: middle - 0.5, y: -2, width: 1, height: PART.height + 4 })
      );
    });
    return element("svg", { className: "parts-svg", width: step * 4 - PART.gap, height: PART.height + 4, viewBox: "0 -2 " + (step * 4 - PART.gap) + " " + (PART.height + 4), role: "img", "aria-label": words },
      element("title", null, words), bars);
  };

  all.GlassboxChange = function (props) {
    var value = props.value;
    var kind = value > 0 ? "up" : value < 0 ? "down" : "hold";
    return element("span", { className: kind }, window.dashAgGridFunctions.glassboxFormat.change(value));
  };

  all.GlassboxSpark = function (props) {
    var levels = (props.value || "").split(" ").map(Number);
    if (levels.length < 2) { return null; }
    var points = levels.map(function (level, i) {
      return (i * SVG.width / (levels.length - 1)).toFixed(1) + "," + (1 + (SVG.levels - level) * (SVG.height - 2) / SVG.levels).toFixed(1);
    }).join(" ");
    var kind = levels[levels.length - 1] >= levels[0] ? "up" : "down";
    return element("svg", { className: "spark " + kind, width: SVG.width, height: SVG.height, viewBox: "0 0 " + SVG.width + " " + SVG.height, "aria-hidden": "true" },
      element("polyline", { points: points, fill: "none", stroke: "currentColor", strokeWidth: 1.25 }));
  };

  all.GlassboxSession = function (props) {
    if (!props.value) { return element("span", { className: "missing" }, "–"); }
    var day = window.dashAgGridFunctions.glassboxFormat.day(props.value);
    return element("span", props.data.is_behind ? { className: "behind", title: "Older than the feed's session" } : { className: "quiet" },
      props.data.is_behind ? "! " + day : day);
  };
})();
