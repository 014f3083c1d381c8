(function () {
  "use strict";
  var root = document.documentElement;
  function edition() {
    var id = decodeURIComponent(location.hash.slice(1));
    var target = id && document.getElementById(id);
    var found = target && target.closest(".edition");
    return found || document.getElementById(root.dataset.lang || root.dataset.first);
  }
  function follow(event) {
    var shown = edition();
    var before = root.dataset.lang;
    root.dataset.lang = shown.id;
    root.lang = shown.lang;
    document.title = shown.dataset.title;
    if (event && before !== shown.id) {
      var id = decodeURIComponent(location.hash.slice(1));
      if (id === shown.id) {
        var start = shown.querySelector("main section");
        window.scrollTo(0, 0);
        start.focus({ preventScroll: true });
      } else {
        document.getElementById(id).scrollIntoView();
      }
    }
  }
  window.addEventListener("hashchange", follow);
  follow();

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.filter.call(document.querySelectorAll("details:not([open])"), function (d) {
      d.open = true;
      return true;
    });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (d) { d.open = false; });
    opened = [];
  });
  if (window.matchMedia("(max-width:60rem)").matches) {
    document.querySelectorAll(".toc details").forEach(function (d) { d.open = false; });
  }
})();
