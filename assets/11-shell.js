// The frame: appearance, noticing new results, connection, age of the data, keys.
(function () {
  "use strict";
  var glassbox = (window.glassbox = window.glassbox || {});
  var root = document.documentElement;
  var DAY_MS = 86400000;
  var PATIENCE_MS = 5000;
  var etag = null;
  var isAsking = false;
  var asked = 0;
  var newest; // what was answered last
  glassbox.loadedAt = null;

  function nothing() { return window.dash_clientside.no_update; }
  function keep(name, value) {
    try { window.localStorage.setItem(name, value); } catch (blocked) { /* private windows may refuse */ }
  }
  function clock(when) { return when.toTimeString().slice(0, 5); }

  async function ask() {
    var aborter = new AbortController();
    var timer = window.setTimeout(function () { aborter.abort(); }, PATIENCE_MS);
    try {
      var answer = await window.fetch("/api/v1/revision", {
        headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", redirect: "manual", signal: aborter.signal
      });
      if (answer.status === 304) { await answer.text(); return { state: "same" }; }
      if (answer.status === 401 || answer.type === "opaqueredirect") { return { state: "session" }; }
      if (!answer.ok) { return { state: "web" }; }
      var body = await answer.json();
      etag = answer.headers.get("ETag");
      return { state: body.database === false ? "database" : "ok", revision: body.revision };
    } catch (failed) {
      return { state: "web" };
    } finally { window.clearTimeout(timer); }
  }

  function age(session, isHistorical) {
    var days = Math.max(0, Math.floor((Date.now() - Date.parse(session + "T00:00:00Z")) / DAY_MS));
    var text = days < 60 ? days + " d old" : days < 730 ? Math.floor(days / 30.44) + " mo old" : Math.floor(days / 365.25) + " y old";
    // Four days: a long weekend is not late.
    return { text: " · " + text, isLate: isHistorical || days > 4 };
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.glassbox = Object.assign(window.dash_clientside.glassbox || {}, {
    appearance: function () {
      var trigger = window.dash_clientside.callback_context.triggered_id;
      if (trigger === "theme-switch") {
        var theme = root.getAttribute("data-bs-theme") === "light" ? "dark" : "light";
        root.setAttribute("data-bs-theme", theme);
        keep("glassbox.theme", theme);
      }
      if (trigger === "red-up-switch") {
        if (root.hasAttribute("data-direction")) { root.removeAttribute("data-direction"); } else { root.setAttribute("data-direction", "red-up"); }
        keep("glassbox.direction", root.getAttribute("data-direction") || "");
      }
      var isRedUp = root.getAttribute("data-direction") === "red-up";
      return [root.getAttribute("data-bs-theme") + (isRedUp ? "-red-up" : ""), String(isRedUp)];
    },

    poll: async function (_tick, revision, connection) {
      if (isAsking) { return [nothing(), nothing()]; }
      isAsking = true;
      var answer = await ask();
      isAsking = false;
      // Dash drops an answer that comes after the next question: the page may not know what the tag stands for.
      if (answer.state === "same" && (!revision || revision.revision !== newest)) { answer = { state: "ok", revision: newest }; }
      if (answer.state === "same") { return [nothing(), nothing()]; }
      var isSame = connection && connection.state === answer.state;
      var now = isSame ? nothing() : { state: answer.state, since: clock(new Date()) };
      // After a fault the tag is forgotten, so the first good answer has everything read again.
      if (answer.state !== "ok") { etag = answer.state === "database" ? etag : null; }
      if (answer.revision !== undefined) { newest = answer.revision; }
      if (answer.revision === undefined && revision) { return [nothing(), now]; }
      asked += 1;
      return [{ revision: answer.revision === undefined ? null : answer.revision, asked: asked }, now];
    },

    connectionBanner: function (connection) {
      var state = connection ? connection.state : "ok";
      if (state === "ok") { return null; }
      var shown = glassbox.loadedAt ? "showing data from " + clock(glassbox.loadedAt) : "nothing has been loaded yet";
      var children = {
        web: "Connection lost; " + shown + ". Trying again every 2 seconds.",
        database: "The database is out of reach; " + shown + ". Trying again every 2 seconds."
      }[state] || ["Your session is over; " + shown + ". ", glassbox.element("A", { href: "/login", children: "Sign in again" })];
      return glassbox.element("Div", { className: "banner banner-fault", children: children });
    },

    // Comes with every answer that fills a page.
    dataAge: function (status) {
      if (!status) { return [nothing(), nothing()]; }
      glassbox.loadedAt = new Date();
      var told = age(status.last_session, status.historical);
      return [told.text, "pill provider" + (told.isLate ? " is-late" : " is-fresh")];
    },

    clearFault: function () { return null; }
  });

  function isWriting(element) {
    return element && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable);
  }

  // What a phone's bar has no room for: folded away by any other click, by Escape and when the focus leaves.
  function unfoldMore(isOpen) {
    var more = document.querySelector(".rail-more");
    if (more) { more.setAttribute("aria-expanded", String(isOpen)); }
  }

  document.addEventListener("click", function (event) {
    var more = event.target.closest(".rail-more");
    unfoldMore(Boolean(more) && more.getAttribute("aria-expanded") !== "true");
  });

  document.addEventListener("focusout", function (event) {
    var isOutside = event.relatedTarget && !event.relatedTarget.closest(".rail-more, .rail-rest");
    if (event.target.closest(".rail-more, .rail-rest") && isOutside) { unfoldMore(false); }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { unfoldMore(false); }
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.key === "/" && !isWriting(event.target)) {
      var field = document.getElementById("search");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    } else if (event.key === "Escape") {
      if (event.target.id === "search") {
        // First the text goes, with the next key the panel.
        event.preventDefault();
        event.target.blur();
        glassbox.write({ q: "" }, true);
        return;
      }
      if (document.querySelector(".dropdown-menu.show, .modal.show")) { return; }
      if (document.querySelector(".panel.is-open")) { glassbox.write({ symbol: "" }); glassbox.focusGrid(); }
    }
  });
})();
