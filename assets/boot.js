// Runs in the head, before the first paint: the chosen theme and direction of colours.
(function () {
  "use strict";
  var root = document.documentElement;
  var read = function (name) {
    try { return window.localStorage.getItem(name); } catch (blocked) { return null; }
  };
  root.setAttribute("data-bs-theme", read("glassbox.theme") === "light" ? "light" : "dark");
  if (read("glassbox.direction") === "red-up") { root.setAttribute("data-direction", "red-up"); }
})();
