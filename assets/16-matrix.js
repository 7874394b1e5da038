// A correlation matrix on a canvas, so that thousands of cells cost nothing.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var NARROW = 720; // pixels of the window under which labels have less room
  var NAMED = 11; // pixels that a line needs for its symbol's name
  var held = null; // the matrix on the screen: values, lines, blocks
  var place = null; // where it was drawn: canvas, left, top, size of a cell
  var cursor = null; // line and column that are pointed at

  function colour(name) { return window.getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim(); }
  function channels(hex) { return [1, 3, 5].map(function (at) { return parseInt(hex.slice(at, at + 2), 16); }); }
  function coefficient(value) {
    var shown = Math.abs(value) < 1 ? Math.max(Math.min(value, 0.994), -0.994) : value;
    return (shown <= -0.005 ? "−" : "") + Math.abs(shown).toFixed(2);
  }

  // 255 colours from -1 to +1: down, panel, up.
  function palette() {
    var down = channels(colour("down")), middle = channels(colour("panel")), up = channels(colour("up"));
    var colours = new Uint32Array(256);
    for (var step = 0; step < 256; step += 1) {
      var value = (step - 127) / 127;
      var end = value < 0 ? down : up;
      var share = Math.min(Math.abs(value), 1);
      var mixed = middle.map(function (low, at) { return Math.round(low + (end[at] - low) * share); });
      colours[step] = 0xff000000 | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0];
    }
    return colours;
  }

  function decode(source) {
    var bytes = Uint8Array.from(window.atob(source.triangle), function (letter) { return letter.charCodeAt(0); });
    var triangle = new DataView(bytes.buffer);
    var size = source.lines.length;
    var values = new Float32Array(size * size);
    var at = 0;
    for (var row = 0; row < size; row += 1) {
      for (var column = row; column < size; column += 1) {
        var value = triangle.getInt16(at, true) / source.scale;
        values[row * size + column] = values[column * size + row] = value;
        at += 2;
      }
    }
    return { size: size, values: values, lines: source.lines, sectors: source.sectors, blocks: source.blocks, words: source.words };
  }

  // One pixel a cell, to be stretched onto the page.
  function image(matrix) {
    var made = document.createElement("canvas");
    made.width = made.height = matrix.size;
    var context = made.getContext("2d");
    var pixels = context.createImageData(matrix.size, matrix.size);
    var whole = new Uint32Array(pixels.data.buffer);
    var colours = palette();
    for (var at = 0; at < whole.length; at += 1) { whole[at] = colours[Math.round(matrix.values[at] * 127) + 127]; }
    context.putImageData(pixels, 0, 0);
    return made;
  }

  function nameOf(line) { return line[0].length > 1 ? line[0][0] + " +" + (line[0].length - 1) : line[0][0]; }

  function parts() {
    var slot = document.getElementById("correlation-matrix");
    if (!slot) { return null; }
    var canvas = slot.querySelector("canvas");
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "img");
      slot.appendChild(canvas);
      ["matrix-row", "matrix-column"].forEach(function (kind) {
        var mark = document.createElement("div");
        mark.className = "matrix-mark " + kind;
        mark.hidden = true;
        slot.appendChild(mark);
      });
      canvas.addEventListener("pointermove", function (event) { point(cellAt(event)); });
      canvas.addEventListener("pointerleave", function () { if (document.activeElement !== canvas) { point(null); } });
      canvas.addEventListener("click", function (event) { var cell = cellAt(event); point(cell); open(cell); });
      canvas.addEventListener("keydown", onKey);
      new window.ResizeObserver(function () { window.requestAnimationFrame(draw); }).observe(slot);
    }
    return { slot: slot, canvas: canvas };
  }

  function draw() {
    var found = held && parts();
    if (!found || !found.slot.clientWidth) { return; }
    var isNarrow = window.innerWidth < NARROW;
    var width = found.slot.clientWidth, height = isNarrow ? width : found.slot.clientHeight;
    var isNamed = height / held.size >= NAMED;
    var left = isNarrow ? (isNamed ? 46 : 0) : isNamed ? 64 : Math.max(124, Math.min(width - height, 210));
    var top = isNamed ? 18 : 0;
    var side = Math.max(Math.min(width - left, height - top), 40);
    var ratio = window.devicePixelRatio || 1;
    var canvas = found.canvas;
    canvas.width = Math.round((left + side) * ratio);
    canvas.height = Math.round((top + side) * ratio);
    canvas.style.width = left + side + "px";
    canvas.style.height = top + side + "px";
    canvas.setAttribute("aria-label", held.words);
    var context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = held.size > side * ratio;
    context.drawImage(held.image || (held.image = image(held)), left, top, side, side);
    place = { canvas: canvas, left: left, top: top, cell: side / held.size, side: side };
    drawBlocks(context, isNamed);
    if (isNamed) { drawNames(context); }
    markChosen(context);
    mark();
  }

  function drawBlocks(context, isNamed) {
    var cell = place.cell, below = -Infinity;
    context.lineWidth = 1;
    context.font = "11px Inter, system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    held.blocks.forEach(function (block) {
      var from = block[0] * cell, size = (block[1] - block[0]) * cell;
      context.strokeStyle = colour("text-2");
      context.strokeRect(Math.round(place.left + from) + 0.5, Math.round(place.top + from) + 0.5, Math.round(size) - 1, Math.round(size) - 1);
      var middle = place.top + from + size / 2;
      if (isNamed || !place.left || middle < below + 13) { return; }
      below = middle;
      context.fillStyle = colour("text-2");
      context.fillText(fitting(context, block[2], place.left - 8), place.left - 6, middle);
    });
  }

  function fitting(context, text, room) {
    if (context.measureText(text).width <= room) { return text; }
    var cut = text;
    while (cut.length > 1 && context.measureText(cut + "…").width > room) { cut = cut.slice(0, -1); }
    return cut.trim() + "…";
  }

  function drawNames(context) {
    var step = place.cell;
    context.fillStyle = colour("text-2");
    context.font = "11px Inter, system-ui, sans-serif";
    context.textBaseline = "middle";
    held.lines.forEach(function (line, at) {
      context.textAlign = "right";
      context.fillText(fitting(context, nameOf(line), place.left - 8), place.left - 6, place.top + (at + 0.5) * step);
      if (step < 30) { return; }
      context.textAlign = "center";
      context.fillText(fitting(context, nameOf(line), step - 2), place.left + (at + 0.5) * step, 8);
    });
    if (step < 34) { return; }
    // Large cells say their number too: colour is not the only carrier.
    context.textAlign = "center";
    for (var row = 0; row < held.size; row += 1) {
      for (var column = 0; column < held.size; column += 1) {
        var value = held.values[row * held.size + column];
        context.fillStyle = colour(Math.abs(value) > 0.5 ? "bg" : "text");
        context.fillText(coefficient(value), place.left + (column + 0.5) * step, place.top + (row + 0.5) * step);
      }
    }
  }

  function lineOf(symbol) { return held.lines.findIndex(function (line) { return line[0].indexOf(symbol) >= 0; }); }

  // A ring around the pair that the address names.
  function markChosen(context) {
    var pair = glassbox.view().pair.split(",");
    var rows = pair.length === 2 ? pair.map(lineOf) : [-1, -1];
    if (rows[0] < 0 || rows[1] < 0) { return; }
    context.strokeStyle = colour("accent");
    context.lineWidth = 2;
    [[rows[0], rows[1]], [rows[1], rows[0]]].forEach(function (at) {
      var size = Math.max(place.cell, 7);
      context.strokeRect(place.left + (at[1] + 0.5) * place.cell - size / 2, place.top + (at[0] + 0.5) * place.cell - size / 2, size, size);
    });
  }

  function cellAt(event) {
    if (!place) { return null; }
    var box = place.canvas.getBoundingClientRect();
    var column = Math.floor((event.clientX - box.left - place.left) / place.cell);
    var row = Math.floor((event.clientY - box.top - place.top) / place.cell);
    var isInside = row >= 0 && column >= 0 && row < held.size && column < held.size;
    return isInside ? [row, column] : null;
  }

  function point(cell) {
    if (String(cell) === String(cursor)) { return; }
    cursor = cell;
    mark();
    tell();
  }

  function mark() {
    var slot = document.getElementById("correlation-matrix");
    if (!slot || !place) { return; }
    var row = slot.querySelector(".matrix-row"), column = slot.querySelector(".matrix-column");
    row.hidden = column.hidden = !cursor;
    if (!cursor) { return; }
    var size = Math.max(place.cell, 1) + "px";
    row.style.cssText = "left:" + place.left + "px;width:" + place.side + "px;top:" + (place.top + cursor[0] * place.cell) + "px;height:" + size;
    column.style.cssText = "top:" + place.top + "px;height:" + place.side + "px;left:" + (place.left + cursor[1] * place.cell) + "px;width:" + size;
  }

  function text(kind, className, words) {
    var made = document.createElement(kind);
    made.className = className;
    made.textContent = words;
    return made;
  }

  // The card of the pair under the pointer; text only ever enters as a text node.
  function tell() {
    var slot = document.getElementById("correlation-pointed");
    if (!slot || !held) { return; }
    if (!cursor) { slot.replaceChildren("Point at a cell of the matrix."); return; }
    var first = held.lines[cursor[0]], second = held.lines[cursor[1]];
    var value = held.values[cursor[0] * held.size + cursor[1]];
    var nPairs = first === second ? first[0].length * (first[0].length - 1) / 2 : first[0].length * second[0].length;
    var head = document.createElement("div");
    head.className = "pair-line";
    head.append(text("span", "pair-title", first === second ? nameOf(first) : nameOf(first) + " · " + nameOf(second)), text("span", "key-figure", coefficient(value)));
    var lines = [head];
    [first, second].slice(0, first === second ? 1 : 2).forEach(function (line) {
      var words = line[0].length > 1 ? line[0].join(", ") : line[1] === line[0][0] ? line[0][0] : line[1];
      lines.push(text("div", "stamp", words + " · " + held.sectors[line[2]]));
    });
    if (nPairs > 1) { lines.push(text("div", "stamp", "Mean of " + nPairs + " pairs")); }
    slot.replaceChildren.apply(slot, lines);
  }

  function open(cell) {
    if (!cell) { return; }
    var first = held.lines[cell[0]][0], second = held.lines[cell[1]][0];
    var other = cell[0] === cell[1] ? first[1] : second[0];
    if (other) { glassbox.write({ pair: first[0] + "," + other }); }
  }

  function onKey(event) {
    var moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    var move = moves[event.key];
    if (!held || (!move && event.key !== "Enter")) { return; }
    event.preventDefault();
    if (event.key === "Enter") { open(cursor); return; }
    var from = cursor || [0, 0];
    point(from.map(function (at, axis) { return Math.max(0, Math.min(held.size - 1, at + move[axis])); }));
  }

  // Draws a matrix, anew in the colours of the theme where it is the one that was there.
  glassbox.showMatrix = function (source) {
    if (!held || held.source !== source) {
      held = decode(source);
      held.source = source;
      cursor = null;
      tell();
    }
    held.image = null;
    draw();
  };
})();
