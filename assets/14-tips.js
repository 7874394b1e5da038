// One tip for everything that has data-tip: on hover, on focus and on a tap, never clipped by its panel.
(function () {
  "use strict";
  var tip = null;
  var owner = null;
  var timer = 0;

  function hide() {
    window.clearTimeout(timer);
    if (owner) { owner.removeAttribute("aria-describedby"); }
    owner = null;
    if (tip) { tip.hidden = true; }
  }

  function show(element) {
    if (!tip) {
      tip = document.createElement("div");
      tip.id = "tip";
      tip.className = "tip";
      tip.setAttribute("role", "tooltip");
      document.body.appendChild(tip);
    }
    owner = element;
    tip.textContent = element.getAttribute("data-tip");
    tip.hidden = false;
    element.setAttribute("aria-describedby", "tip");
    var box = element.getBoundingClientRect();
    var left = Math.min(Math.max(8, box.left), window.innerWidth - tip.offsetWidth - 8);
    var below = box.bottom + 6;
    var top = below + tip.offsetHeight > window.innerHeight - 8 ? box.top - tip.offsetHeight - 6 : below;
    tip.style.left = left + "px";
    tip.style.top = top + "px";
  }

  function consider(event, delay) {
    var element = event.target.closest && event.target.closest("[data-tip]");
    if (element === owner) { return; }
    hide();
    if (element) { timer = window.setTimeout(function () { if (element.isConnected) { show(element); } }, delay); }
  }

  document.addEventListener("pointerover", function (event) { consider(event, 350); });
  document.addEventListener("focusin", function (event) {
    if (event.target.matches && event.target.matches(":focus-visible")) { consider(event, 0); }
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("pointerdown", hide);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { hide(); } });
})();
