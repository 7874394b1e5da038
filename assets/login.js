// Sign-in and error pages follow the theme chosen in the dashboard; without a choice, the system's.
// The dashboard loads every script in this folder, so nothing happens on any other page.
(function () {
  "use strict";
  var root = document.documentElement;
  if (!root.classList.contains("sign-in")) {
    return;
  }
  try {
    var theme = String(window.localStorage.getItem("glassbox.theme") || "");
    if (theme === "dark" || theme === "light") {
      root.setAttribute("data-bs-theme", theme);
    }
  } catch (error) {
    // A browser that keeps no storage shows the system's theme.
  }
})();
