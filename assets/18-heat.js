// Heat maps on a canvas: rows by columns, as the panel and the attention page draw them; thousands of cells cost
// nothing. Values come as 16-bit steps of a scale in base64; text only ever enters as a text node.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var charts = {}; // what each slot shows, by its id
  var marked = {}; // key of the row that is marked, by the slot's id
  var NAMED = 11; // pixels that a row needs for its name
  var FONT = "11px Inter, system-ui, sans-serif";
  var AXIS = 18, TALL = 142; // pixels below for the columns' names, and where these stand upright
  var TALLEST = 36; // pixels that a row may have
  var TOTALS = 34; // pixels above for the bars, where there are any
  var TOLD = 20, HEAD = 22; // pixels of the line below, and of the one above where there is a title

  function nothing() { return window.dash_clientside.no_update; }
  function colour(name) { return window.getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim(); }
  function channels(hex) { return [1, 3, 5].map(function (at) { return parseInt(hex.slice(at, at + 2), 16); }); }
  function blend(low, high, share) { return low.map(function (from, at) { return Math.round(from + (high[at] - from) * share); }); }

  // The colour at a share of the way from one to another, each as #rrggbb.
  glassbox.between = function (low, high, share) { return "rgb(" + blend(channels(low), channels(high), share).join(",") + ")"; };

  function palette(source) {
    var middle = channels(colour("panel"));
    var ends = source.ends.map(function (name) { return channels(colour(name)); });
    var isDiverging = ends.length === 2;
    var colours = new Uint32Array(256);
    for (var step = 0; step < 256; step += 1) {
      var value = isDiverging ? step / 127.5 - 1 : step / 255;
      var end = isDiverging && value < 0 ? ends[0] : ends[ends.length - 1];
      var mixed = blend(middle, end, Math.abs(value));
      colours[step] = 0xff000000 | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0];
    }
    return colours;
  }

  // Cells without a value are marked by the largest step.
  function decode(source) {
    var bytes = Uint8Array.from(window.atob(source.values), function (letter) { return letter.charCodeAt(0); });
    return new Uint16Array(bytes.buffer);
  }

  function valueAt(chart, row, column) {
    var step = chart.steps[row * chart.source.columns.length + column];
    return step === 65535 ? null : chart.source.low + (chart.source.high - chart.source.low) * step / 65534;
  }

  function image(chart) {
    var source = chart.source, made = document.createElement("canvas");
    made.width = source.columns.length;
    made.height = source.rows.length;
    var context = made.getContext("2d");
    var pixels = context.createImageData(made.width, made.height);
    var whole = new Uint32Array(pixels.data.buffer);
    var colours = palette(source), empty = channels(colour("raised"));
    var none = 0xff000000 | (empty[2] << 16) | (empty[1] << 8) | empty[0];
    for (var at = 0; at < whole.length; at += 1) {
      whole[at] = chart.steps[at] === 65535 ? none : colours[Math.round(chart.steps[at] / 65534 * 255)];
    }
    context.putImageData(pixels, 0, 0);
    return made;
  }

  function canvasOf(chart) {
    var slot = document.getElementById(chart.id);
    if (!slot) { return null; }
    var canvas = slot.querySelector("canvas");
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "img");
      var told = document.createElement("div");
      told.className = "heat-told stamp";
      told.setAttribute("aria-live", "polite");
      var head = document.createElement("div");
      head.className = "heat-head";
      slot.replaceChildren(head, canvas, told);
      canvas.addEventListener("pointermove", function (event) { point(chart.id, cellAt(chart.id, event)); });
      canvas.addEventListener("pointerleave", function () { if (document.activeElement !== canvas) { point(chart.id, null); } });
      canvas.addEventListener("click", function (event) { open(chart.id, cellAt(chart.id, event)); });
      canvas.addEventListener("keydown", function (event) { onKey(chart.id, event); });
      new window.ResizeObserver(function () { window.requestAnimationFrame(function () { draw(chart.id); }); }).observe(slot);
    }
    return canvas;
  }

  function fitting(context, text, room) {
    if (context.measureText(text).width <= room) { return text; }
    var cut = text;
    while (cut.length > 1 && context.measureText(cut + "…").width > room) { cut = cut.slice(0, -1); }
    return cut.trim() + "…";
  }

  // What stands above: a title, and what the ends of the scale mean.
  function head(chart, slot) {
    var made = [], source = chart.source;
    if (source.title) {
      var title = document.createElement("span"), scale = document.createElement("span"), bar = document.createElement("i");
      title.textContent = source.title;
      title.className = "family";
      scale.className = "heat-scale stamp";
      bar.style.background = "linear-gradient(90deg, var(--" + source.ends[0] + "), var(--panel), var(--" + source.ends[1] + "))";
      scale.append(source.sides[0], bar, source.sides[1]);
      made = [title, scale];
    }
    slot.querySelector(".heat-head").replaceChildren.apply(slot.querySelector(".heat-head"), made);
  }

  // A slot is never taller than its rows need. Rows too low for their names share the gutter: every so many-th
  // has its own, or each group of rows.
  function place(chart, canvas) {
    var slot = canvas.parentNode, source = chart.source, n = source.rows.length;
    var width = slot.clientWidth, top = source.totals ? TOTALS : 2;
    var below = source.upright ? TALL : AXIS;
    var around = top + below + TOLD + (source.title ? HEAD : 0);
    slot.style.setProperty("--needed", Math.ceil(around + n * TALLEST) + "px");
    var height = Math.min(slot.clientHeight - around, n * TALLEST);
    var isGrouped = Boolean(source.groups) && height / n < NAMED;
    var left = Math.min(isGrouped ? 140 : source.gutter || 64, width * 0.36);
    return { left: left, top: top, width: width - left, height: height, below: below, isGrouped: isGrouped, cell: [(width - left) / source.columns.length, height / n] };
  }

  function draw(id) {
    var chart = charts[id], canvas = chart && canvasOf(chart);
    if (!canvas || !canvas.parentNode.clientWidth) { return; }
    var at = (chart.place = place(chart, canvas)), ratio = window.devicePixelRatio || 1;
    var width = canvas.parentNode.clientWidth, height = at.top + at.height + at.below;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    canvas.setAttribute("aria-label", chart.source.words);
    if (chart.headed !== canvas) { head(chart, canvas.parentNode); chart.headed = canvas; }
    var context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = at.cell[1] * ratio < 1; // else rows would be dropped instead of averaged
    context.drawImage(chart.image || (chart.image = image(chart)), at.left, at.top, at.width, at.height);
    context.strokeStyle = colour("line");
    context.strokeRect(at.left + 0.5, at.top + 0.5, at.width - 1, at.height - 1);
    context.font = FONT;
    context.textBaseline = "middle";
    names(chart, context);
    axis(chart, context);
    if (chart.source.totals) { totals(chart, context); }
    marks(chart, context);
  }

  function names(chart, context) {
    var at = chart.place, rows = chart.source.rows, before = -Infinity;
    function middle(row) { return at.top + (row + 0.5) * at.cell[1]; }
    if (at.isGrouped) { groups(chart, context); return; }
    var chosen = rows.findIndex(function (row) { return row[0] === marked[chart.id]; });
    context.textAlign = "right";
    rows.forEach(function (row, which) {
      var isCovered = middle(which) - before < NAMED - 0.5 || (chosen >= 0 && Math.abs(which - chosen) * at.cell[1] < NAMED - 0.5);
      if (which !== chosen && isCovered) { return; }
      before = middle(which);
      context.fillStyle = colour(which === chosen ? "accent" : "text-2");
      context.fillText(fitting(context, row[1], at.left - 8), at.left - 6, before);
    });
  }

  function groups(chart, context) {
    var at = chart.place;
    context.textAlign = "right";
    chart.source.groups.forEach(function (group) {
      var from = at.top + group[0] * at.cell[1], size = group[1] * at.cell[1];
      context.fillStyle = colour("bg");
      if (group[0] > 0) { context.fillRect(0, Math.round(from), at.left + at.width, 1); }
      context.fillStyle = colour("text-2");
      if (size >= NAMED) { context.fillText(fitting(context, group[2], at.left - 8), at.left - 6, from + size / 2); }
    });
  }

  function axis(chart, context) {
    var room = -Infinity, at = chart.place;
    context.textAlign = "left";
    context.fillStyle = colour("text-3");
    if (chart.source.upright) { upright(chart, context); return; }
    chart.source.ticks.forEach(function (tick) {
      var from = at.left + tick[0] * at.cell[0], width = context.measureText(tick[1]).width;
      if (from < room || from + width > at.left + at.width) { return; }
      room = from + width + 8;
      context.fillText(tick[1], from, at.top + at.height + 10);
    });
  }

  function upright(chart, context) {
    var at = chart.place;
    context.textAlign = "right";
    chart.source.ticks.forEach(function (tick) {
      context.save();
      context.translate(at.left + (tick[0] + 0.5) * at.cell[0], at.top + at.height + 6);
      context.rotate(-Math.PI / 2);
      context.fillText(fitting(context, tick[1], TALL - 10), 0, 0);
      context.restore();
    });
  }

  // The mean over the rows as bars above, and the line at which all columns would be equal.
  function totals(chart, context) {
    var at = chart.place, most = Math.max.apply(null, chart.source.totals.concat(chart.source.even)), room = TOTALS - 6;
    context.fillStyle = colour("model");
    chart.source.totals.forEach(function (value, column) {
      var size = value / most * room;
      context.fillRect(at.left + column * at.cell[0] + 0.5, at.top - 3 - size, Math.max(at.cell[0] - 1, 1), size);
    });
    var line = Math.round(at.top - 3 - chart.source.even / most * room) + 0.5;
    context.strokeStyle = colour("text-2");
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(at.left, line);
    context.lineTo(at.left + at.width, line);
    context.stroke();
    context.setLineDash([]);
  }

  function marks(chart, context) {
    var at = chart.place, rows = chart.source.rows;
    var chosen = rows.findIndex(function (row) { return row[0] === marked[chart.id]; });
    context.lineWidth = 1.5;
    if (chosen >= 0) {
      context.strokeStyle = colour("accent");
      context.strokeRect(at.left, at.top + chosen * at.cell[1] - 1, at.width, Math.max(at.cell[1], 1) + 2);
    }
    if (chart.cursor) {
      context.strokeStyle = colour("text");
      context.strokeRect(at.left + chart.cursor[1] * at.cell[0], at.top + chart.cursor[0] * at.cell[1] - 1, at.cell[0], Math.max(at.cell[1], 1) + 2);
    }
    context.lineWidth = 1;
  }

  glassbox.markRow = function (id, key) {
    if (marked[id] === key) { return; }
    marked[id] = key;
    if (charts[id]) { charts[id].cursor = null; tell(charts[id]); } // the arrow keys begin at the marked row
    draw(id);
  };

  function cellAt(id, event) {
    var chart = charts[id];
    if (!chart || !chart.place) { return null; }
    var box = event.currentTarget.getBoundingClientRect(), at = chart.place;
    var column = Math.floor((event.clientX - box.left - at.left) / at.cell[0]);
    var row = Math.floor((event.clientY - box.top - at.top) / at.cell[1]);
    return row >= 0 && column >= 0 && row < chart.source.rows.length && column < chart.source.columns.length ? [row, column] : null;
  }

  function written(chart, value) {
    if (value === null) { return chart.source.none || "not known"; }
    if (chart.source.unit === "share") { return (value * 100).toFixed(1) + " %"; }
    return (value < -0.00005 ? "−" : value > 0.00005 && chart.source.ends.length === 2 ? "+" : "") + Math.abs(value).toFixed(chart.source.decimals || 3);
  }

  function point(id, cell) {
    var chart = charts[id];
    if (!chart || String(cell) === String(chart.cursor)) { return; }
    chart.cursor = cell;
    draw(id);
    tell(chart);
  }

  function tell(chart) {
    var slot = document.getElementById(chart.id), told = slot && slot.querySelector(".heat-told");
    if (!told) { return; }
    if (!chart.cursor) { told.textContent = chart.source.hint; return; }
    var row = chart.source.rows[chart.cursor[0]];
    var parts = [row[2] || row[1], chart.source.columns[chart.cursor[1]], written(chart, valueAt(chart, chart.cursor[0], chart.cursor[1]))];
    told.textContent = parts.join(" · ") + (chart.source.beside ? " " + chart.source.beside : "");
  }

  function open(id, cell) {
    var chart = charts[id];
    if (!cell || !chart.source.opens) { return; }
    var changes = {};
    changes[chart.source.opens] = chart.source.rows[cell[0]][0];
    glassbox.write(changes);
  }

  function onKey(id, event) {
    var moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    var chart = charts[id], move = moves[event.key];
    if (!chart || (!move && event.key !== "Enter")) { return; }
    event.preventDefault();
    if (event.key === "Enter") { open(id, chart.cursor); return; }
    var limits = [chart.source.rows.length - 1, chart.source.columns.length - 1];
    var chosen = chart.source.rows.findIndex(function (row) { return row[0] === marked[chart.id]; });
    var from = chart.cursor || [Math.max(chosen, 0), limits[1]];
    point(id, from.map(function (value, which) { return Math.max(0, Math.min(limits[which], value + (chart.cursor ? move[which] : 0))); }));
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    drawHeat: function (source, appearance) {
      var id = window.dash_clientside.callback_context.outputs_list.id;
      if (!appearance) { return nothing(); }
      if (!source) { delete charts[id]; return "heat is-empty"; }
      var chart = charts[id];
      if (!chart || chart.source !== source) {
        chart = charts[id] = { id: id, source: source, steps: decode(source), cursor: null };
      }
      chart.image = null; // its colours are those of the theme
      // The slot becomes visible with this answer.
      window.requestAnimationFrame(function () { draw(id); tell(chart); });
      return "heat";
    }
  });
})();
