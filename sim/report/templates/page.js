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

  // Only a table larger than its place is a stop of the keyboard; a hint stands above a wide one.
  function hint(box) {
    var wide = box.scrollWidth > box.clientWidth + 1, tall = box.scrollHeight > box.clientHeight + 1;
    var before = box.previousElementSibling;
    if (before && before.classList.contains("hint")) { before.classList.toggle("on", wide); }
    if (!box.dataset.name) { box.dataset.name = box.getAttribute("aria-label"); }
    if (wide || tall) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.dataset.name);
    } else {
      ["tabindex", "role", "aria-label"].forEach(function (name) { box.removeAttribute(name); });
    }
  }
  if ("ResizeObserver" in window) {
    var sizes = new ResizeObserver(function (seen) {
      seen.forEach(function (one) { hint(one.target); });
    });
    document.querySelectorAll(".scroll").forEach(function (box) { sizes.observe(box); });
  }

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
  document.querySelectorAll(".week").forEach(function (week) {
    var data = JSON.parse(week.dataset.week);
    var total = data.dayLength * data.days.length;
    var controls = week.querySelector(".controls");
    var slider = controls.querySelector("input");
    var button = controls.querySelector("button");
    var now = week.querySelector(".now");
    var calm = window.matchMedia("(prefers-reduced-motion:reduce)");
    var maps = Array.prototype.map.call(week.querySelectorAll("svg.drawn"), function (svg) {
      var box = svg.viewBox.baseVal;
      var marks = data.tracks.map(function (track, i) {
        var group = document.createElementNS(svg.namespaceURI, "g");
        var dot = document.createElementNS(svg.namespaceURI, "circle");
        dot.setAttribute("r", 10);
        dot.setAttribute("class", "mover v" + (i % 5 + 1));
        var label = document.createElementNS(svg.namespaceURI, "text");
        label.setAttribute("class", "mover-name");
        label.setAttribute("text-anchor", "middle");
        label.setAttribute("dy", "0.35em");
        label.textContent = String(i + 1);
        group.append(dot, label);
        svg.append(group);
        return group;
      });
      return { width: box.width, height: box.height, marks: marks };
    });
    function two(n) { return (n < 10 ? "0" : "") + n; }
    function show(t) {
      var day = Math.min(Math.floor(t / data.dayLength), data.days.length - 1);
      var second = data.dayStart + t - day * data.dayLength;
      var hour = Math.floor(second / 3600), minute = Math.floor(second % 3600 / 60);
      var clock = data.french ? hour + " h " + two(minute) : two(hour) + ":" + two(minute);
      var said = [data.days[day] + ", " + clock];
      data.tracks.forEach(function (track, i) {
        var last = null, current = null;
        for (var k = 0; k < track.steps.length && track.steps[k][0] <= t; k++) {
          last = track.steps[k];
          if (t < last[1]) { current = last; }
        }
        var at = current || last || track.steps[0];
        var share = current && current[1] > current[0] ? (t - current[0]) / (current[1] - current[0]) : current || !last ? 0 : 1;
        // Idle vehicles stand side by side at the base.
        var beside = current ? 0 : (i - (data.tracks.length - 1) / 2) * 15;
        maps.forEach(function (map) {
          var group = map.marks[i];
          if (!at) { group.setAttribute("visibility", "hidden"); return; }
          var x = (at[2] + (at[4] - at[2]) * share) * map.width + beside;
          var y = (at[3] + (at[5] - at[3]) * share) * map.height;
          group.setAttribute("transform", "translate(" + x.toFixed(1) + " " + y.toFixed(1) + ")");
          group.setAttribute("class", current ? "" : "idle");
        });
        said.push(track.name + (data.french ? "\u00a0: " : ": ") + (current ? current[6] : data.idle));
      });
      now.textContent = said.join(" · ");
      slider.setAttribute("aria-valuetext", said.join(" ; "));
    }
    var playing = null, before = 0, moment = 0;
    function from() { moment = slider.value / slider.max * total; show(moment); }
    function stop() {
      cancelAnimationFrame(playing);
      clearInterval(playing);
      playing = null;
      button.textContent = button.dataset.play;
    }
    function move(seconds) {
      moment += seconds;
      if (moment >= total) { moment = total - 1; stop(); }
      slider.value = Math.round(moment / total * slider.max);
      show(moment);
    }
    function frame(time) {
      if (playing === null) { return; }
      move(Math.min(time - before, 100) * 4.5);
      before = time;
      if (playing !== null) { playing = requestAnimationFrame(frame); }
    }
    button.addEventListener("click", function () {
      if (playing !== null) { stop(); return; }
      if (moment >= total - 2) { moment = 0; }
      button.textContent = button.dataset.pause;
      if (calm.matches) {
        playing = setInterval(function () { move(1800); }, 1000);
      } else {
        before = performance.now();
        playing = requestAnimationFrame(frame);
      }
    });
    slider.addEventListener("input", function () { if (playing !== null) { stop(); } from(); });
    slider.value = Math.round((9.75 * 3600 - data.dayStart) / total * slider.max);
    from();
    controls.hidden = false;
  });

  if (window.matchMedia("(max-width:60rem)").matches) {
    document.querySelectorAll(".toc details").forEach(function (d) { d.open = false; });
  }
})();
