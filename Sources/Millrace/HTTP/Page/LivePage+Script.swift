extension LivePage {
    /// Connection, figures, plots, tasks and events.
    static let script = #"""
        const $ = id => document.getElementById(id);
        const el = (tag, attributes = {}, ...children) => {
          const node = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes)) {
            if (value === false || value == null) continue;
            name in node && name !== "list" ? node[name] = value : node.setAttribute(name, value);
          }
          node.append(...children.filter(child => child != null));
          return node;
        };
        const svg = (tag, attributes = {}, ...children) => {
          const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
          for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
          node.append(...children);
          return node;
        };
        const state = { application: null, topology: null, flow: null, tasks: [], stores: [], samples: [], marks: [], events: [] };

        // Numbers and times.
        const number = n => n == null ? "–" : Math.abs(n) >= 1e4 ? short(n) : (Math.round(n * 10) / 10).toLocaleString("en", { maximumFractionDigits: Math.abs(n) < 10 ? 1 : 0 });
        const short = n => {
          for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (Math.abs(n) >= size) return Number((n / size).toPrecision(3)) + unit;
          return String(Math.round(n * 10) / 10);
        };
        const span = ms => {
          if (ms == null) return "–";
          if (ms < 1000) return Math.round(ms) + " ms";
          const s = ms / 1000;
          if (s < 60) return (s < 10 ? s.toFixed(1) : Math.round(s)) + " s";
          if (s < 3600) return Math.floor(s / 60) + " min " + (s < 600 ? Math.round(s % 60) + " s" : "");
          if (s < 172800) return Math.floor(s / 3600) + " h " + Math.floor(s % 3600 / 60) + " min";
          return Math.floor(s / 86400) + " days";
        };
        const clock = ms => new Date(ms).toLocaleTimeString("en-GB");
        const moment = ms => {
          if (ms == null || ms < 0) return "–";
          const at = new Date(ms), day = at.toISOString().slice(0, 10);
          return day === new Date().toISOString().slice(0, 10) ? clock(ms) : day + " " + clock(ms);
        };

        // The server.
        let gone = null;
        async function get(path, options = {}) {
          const token = sessionStorage.getItem("token");
          const response = await fetch(path, { ...options, headers: token ? { Authorization: "Bearer " + token } : {} });
          if (response.status === 401) { await askToken(); return get(path, options); }
          return response;
        }
        async function json(path, options) {
          const response = await get(path, options), value = await response.json();
          if (!response.ok) throw Object.assign(new Error(value.error || response.statusText), { status: response.status });
          return value;
        }
        let asking = null;
        function askToken() {
          asking = asking || new Promise(resolve => {
            $("ask").addEventListener("close", () => { sessionStorage.setItem("token", $("token").value); asking = null; resolve(); }, { once: true });
            $("ask").showModal();
          });
          return asking;
        }
        function setGone(since) {
          gone = since;
          document.body.classList.toggle("stale", !!since);
          $("gone").hidden = !since;
          if (since) {
            $("gone").textContent = `No answer since ${clock(since)}. What is shown is as of then; it is tried again until there is one.`;
            $("state").className = "state s-gone"; $("state").textContent = "no answer";
          }
        }
        const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

        async function start() {
          theme(localStorage.getItem("theme"));
          for (;;) {
            try {
              await load();
              setGone(null);
              await listen();
            } catch (error) { if (!(error instanceof TypeError) && error.name !== "AbortError") console.warn(String(error)); }
            if (!gone) setGone(Date.now());
            await pause(1000);
          }
        }
        async function load() {
          const [application, topology, history] = await Promise.all([json("/api/application"), json("/api/topology"), json("/api/history")]);
          // After a restart the server knows less of the past than this page does.
          const first = history.samples.length ? history.samples[0][0] : Infinity;
          state.samples = state.samples.filter(sample => sample[0] < first).concat(history.samples);
          state.events = [];
          for (const { event, data } of history.events) addEvent(event, data);
          state.application = application;
          if (JSON.stringify(topology) !== JSON.stringify(state.topology)) { state.topology = topology; drawGraph(); }
          await refresh();
          showEvents();
        }
        async function refresh() {
          const [application, flow, tasks, stores, panels] = await Promise.all(
            ["/api/application", "/api/flow", "/api/tasks", "/api/stores", "/api/panels"].map(path => json(path)));
          Object.assign(state, { application, flow, tasks, stores });
          showHead(); showPlots(); showFlow(); showTasks(); showStores(); showPanels(panels);
        }
        /// Reads server-sent events until the connection ends, or is silent for too long.
        async function listen() {
          const abort = new AbortController();
          let last = Date.now(), busy = false;
          const watch = setInterval(() => { if (Date.now() - last > 25000) abort.abort(); }, 2000);
          try {
            const response = await get("/api/events", { signal: abort.signal });
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            let text = "";
            for (;;) {
              const { done, value } = await reader.read();
              if (done) return;
              last = Date.now();
              text += value;
              for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
                const lines = text.slice(0, end).split("\n");
                const field = name => (lines.find(line => line.startsWith(name + ": ")) || "").slice(name.length + 2);
                const name = field("event");
                if (!name) continue;
                const data = JSON.parse(field("data"));
                if (name === "sample") {
                  state.samples.push(data);
                  state.samples = state.samples.filter(sample => sample[0] > data[0] - 9e5);
                  if (!busy && !document.hidden) { busy = true; refresh().catch(() => {}).finally(() => busy = false); }
                } else if (!["restoring", "followed", "first"].includes(name)) { addEvent(name, data); showEvents(); if (name === "state") refresh().catch(() => {}); }
              }
            }
          } finally { clearInterval(watch); abort.abort(); }
        }

        // Head.
        function showHead() {
          const a = state.application;
          document.title = a.application + " · " + (a.paused ? "paused" : a.state);
          $("name").textContent = a.application;
          $("state").textContent = a.paused ? "paused" : a.state;
          $("state").className = "state s-" + (a.paused ? "paused" : a.state);
          $("facts").replaceChildren(...[
            ["up ", span(a.now - a.started)], ["", a.guarantee], ["", `${a.activeTasks} tasks` + (a.standbyTasks ? `, ${a.standbyTasks} standbys` : "")],
            ["", `${Math.max(0, a.rebalances)} ${a.rebalances === 1 ? "assignment" : "assignments"}`], ["process ", a.process],
          ].flatMap(([before, text], index) => [index ? " · " + before : before, el("b", {}, text)]));
          $("pause").hidden = a.paused == null;
          $("pause").textContent = a.paused ? "Resume" : "Pause";
        }
        $("pause").onclick = async () => {
          $("pause").disabled = true;
          try { await json(state.application.paused ? "/api/resume" : "/api/pause", { method: "POST" }); await refresh(); }
          catch (error) { $("detail").textContent = String(error.message); }
          $("pause").disabled = false;
        };
        function theme(value) {
          value ? document.documentElement.dataset.theme = value : delete document.documentElement.dataset.theme;
          const dark = value ? value === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
          $("theme").textContent = dark ? "Light" : "Dark";
          $("theme").onclick = () => { const next = dark ? "light" : "dark"; localStorage.setItem("theme", next); theme(next); };
        }
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme(localStorage.getItem("theme")));
        addEventListener("keydown", event => {
          if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.key === "t") $("theme").click();
          if (event.key === "/") { event.preventDefault(); document.querySelector("#search [name=key]").focus(); }
        });

        // Plots: lines over the last 15 minutes.
        const plots = [
          { id: "throughput", title: "Records a second", now: s => [number(s[1]), "processed/s"], unit: n => number(n) + "/s",
            lines: [[1, "processed", "--one", true], [3, "written", "--two"], [2, "own topics", "--three"]] },
          { id: "latency", title: "End-to-end latency", now: s => [span(s[4]), s[5] == null ? "" : "median, " + span(s[5]) + " at 99 %"], unit: span,
            lines: [[4, "median", "--one", true], [5, "99 of 100", "--two"]] },
          { id: "lag", title: "Lag", now: s => [number(s[6]), "records to come" + (s[7] > 0 ? `, ${number(s[7])}/s left out` : "")], unit: number,
            lines: [[6, "records to come", "--one", true], [7, "left out a second", "--bad"]] },
        ];
        function showPlots() { for (const plot of plots) showPlot(plot); }
        function showPlot(plot) {
          const box = $(plot.id), samples = state.samples, last = samples[samples.length - 1];
          if (!last) return;
          if (!box.firstChild) {
            plot.value = el("span", { className: "now" });
            plot.drawing = svg("svg", { role: "img", "aria-label": plot.title + " over the last 15 minutes" });
            plot.key = el("div", { className: "key" });
            box.append(el("div", { className: "top" }, el("h2", {}, plot.title), plot.value), plot.drawing, plot.key);
            const move = event => { plot.pointer = event.clientX - plot.drawing.getBoundingClientRect().left; showPlot(plot); };
            plot.drawing.onpointermove = move;
            plot.drawing.onpointerleave = () => { plot.pointer = null; showPlot(plot); };
          }
          const width = plot.drawing.clientWidth || 300, height = 128, left = 48, bottom = height - 16, top = 6;
          // Up to 15 minutes, and no more than there is to show.
          const end = last[0], extent = Math.min(9e5, Math.max(6e4, end - samples[0][0])), begin = end - extent;
          const x = time => left + (time - begin) / extent * (width - left - 2);
          const most = Math.max(...samples.flatMap(sample => plot.lines.map(line => sample[line[0]] ?? 0)), 10);
          const step = nice(most / 3), ceiling = Math.ceil(most / step) * step, y = value => bottom - value / ceiling * (bottom - top);
          const parts = [];
          for (let value = 0; value <= ceiling * 1.001; value += step) {
            parts.push(svg("line", { class: "grid", x1: left, x2: width, y1: y(value), y2: y(value) }));
            parts.push(svg("text", { class: "tick", x: left - 6, y: y(value) + 3.5, "text-anchor": "end" }, plot.id === "latency" ? span(value) : short(value)));
          }
          const between = [15, 30, 60, 120, 300].find(seconds => extent / seconds <= 4500) || 300;
          for (let back = 0; back * 1000 <= extent; back += between) {
            const at = x(end - back * 1000);
            if (back && at < left + 24) continue;
            parts.push(svg("text", { class: "tick", x: at, y: height - 3, "text-anchor": back ? "middle" : "end" }, !back ? "now" : between < 60 ? `−${back} s` : `−${back / 60} min`));
          }
          for (const mark of state.marks) if (mark > begin && mark <= end) parts.push(svg("line", { class: "mark", x1: x(mark), x2: x(mark), y1: top, y2: bottom }));
          for (const [index, , color, fills] of plot.lines) {
            // A gap in time is a gap in the line.
            let runs = [], run = null, before = 0;
            for (const sample of samples) {
              if (sample[0] < begin || sample[index] == null) { run = null; continue; }
              if (!run || sample[0] - before > 7000) runs.push(run = []);
              run.push([x(sample[0]).toFixed(1), y(sample[index]).toFixed(1)]);
              before = sample[0];
            }
            for (const points of runs) {
              const way = points.map(point => point.join()).join("L");
              if (fills) parts.push(svg("path", { class: "under", style: `--c: var(${color})`, d: `M${points[0][0]},${bottom}L${way}L${points[points.length - 1][0]},${bottom}Z` }));
              parts.push(svg("path", { class: "series", style: `--c: var(${color})`, d: "M" + way + (points.length === 1 ? "h1" : "") }));
            }
          }
          let shown = last;
          if (plot.pointer != null) {
            const time = begin + (plot.pointer - left) / (width - left - 2) * extent;
            shown = samples.reduce((best, sample) => Math.abs(sample[0] - time) < Math.abs(best[0] - time) ? sample : best, last);
            parts.push(svg("line", { class: "cross", x1: x(shown[0]), x2: x(shown[0]), y1: top, y2: bottom }));
          }
          const [value, unit] = plot.now(shown);
          plot.value.replaceChildren(value + " ", el("small", {}, shown === last ? unit : clock(shown[0])));
          plot.drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
          plot.drawing.replaceChildren(...parts);
          plot.key.replaceChildren(...plot.lines.map(([index, name, color]) =>
            el("span", {}, el("i", { style: `--c: var(${color})` }), name + (plot.pointer != null ? " " + plot.unit(shown[index]) : ""))));
        }
        const nice = value => {
          const power = 10 ** Math.floor(Math.log10(value || 1));
          return [1, 2, 2.5, 5, 10].map(step => step * power).find(step => step >= value) || power * 10;
        };
        addEventListener("resize", () => { if (state.topology) { showPlots(); drawGraph(); if (state.flow) showFlow(); } });

        // The program's own figures.
        function showPanels(panels) {
          $("panels").hidden = !panels.length;
          $("panels").replaceChildren(...panels.map(panel => {
            const head = [el("h2", {}, panel.title), el("div", { className: "note" }, panel.note)];
            if (panel.bars) {
              const most = Math.max(1, ...panel.bars.map(bar => bar.value));
              return el("div", { className: "panel wide" }, ...head, el("div", { className: "bars" }, ...panel.bars.flatMap(bar => [
                el("span", { title: bar.name }, bar.name), el("i", { style: `width: ${bar.value / most * 100}%` }), el("b", {}, number(bar.value))])));
            }
            const past = panel.past.concat(panel.number);
            const least = Math.min(...past), most = Math.max(...past), range = most - least || 1;
            const points = past.map((value, index) => `${index / Math.max(1, past.length - 1) * 200},${37 - (value - least) / range * 34}`).join("L");
            return el("div", { className: "panel" }, head[0], el("div", { className: "big" }, number(panel.number)), head[1],
              svg("svg", { viewBox: "0 0 200 40", preserveAspectRatio: "none", "aria-hidden": "true", style: "--c: var(--one)" },
                svg("path", { class: "under", d: `M0,40L${points}L200,40Z` }), svg("path", { class: "series", d: "M" + points, "vector-effect": "non-scaling-stroke" })));
          }));
        }

        // Tasks.
        function showTasks() {
          const a = state.application, others = (a.instances || []).filter(instance => !instance.isLocal);
          const rows = state.tasks.map(task => el("tr", {},
            el("td", { className: "id" }, task.id),
            el("td", {}, el("span", { className: "state s-" + task.state }, task.state), ...progress(task), task.failure ? el("div", { className: "note" }, task.failure) : null),
            el("td", { className: "n" }, number(task.rate)),
            el("td", { className: "n" + (task.lag > 1000 ? " behind" : ""), title: task.inputs.map(input => `${input.topic}-${input.partition}: ${input.position} of ${input.end ?? "?"}`).join("\n") }, number(task.lag)),
            el("td", {}, moment(task.streamTime)),
            el("td", { className: "n" }, task.stores.some(store => store.rows != null) ? number(task.stores.reduce((sum, store) => sum + (store.rows ?? 0), 0)) : "–"),
            el("td", { className: "n" }, task.canRestart ? el("button", { className: "quiet", title: "Begin anew from the last commit", ariaLabel: "Restart task " + task.id, onclick: () => restart(task.id) }, "restart") : null)));
          const part = text => el("tr", { className: "instance" }, el("td", { colSpan: 7 }, text));
          if (others.length) {
            rows.unshift(part("this instance, process " + a.process));
            for (const other of others) {
              rows.push(part(`${other.server || "no address"}, process ${other.process}`));
              for (const [ids, name] of [[other.tasks, "running"], [other.standbys, "standby"]]) {
                for (const id of ids) rows.push(el("tr", {}, el("td", { className: "id" }, id), el("td", { colSpan: 6 }, el("span", { className: "state s-" + name }, name === "running" ? "there" : name))));
              }
            }
          }
          if (!rows.length) rows.push(el("tr", {}, el("td", { className: "empty", colSpan: 7 }, "No task is here yet.")));
          $("tasks").replaceChildren(...rows);
          $("taskNote").textContent = others.length ? `of ${others.length + 1} instances` : "";
        }
        function progress(task) {
          return (task.restores || []).filter(restore => restore.records < restore.of).map(restore => el("div", { className: "note" },
            el("progress", { value: restore.records, max: restore.of }), ` ${restore.store}: ${short(restore.records)} of ${short(restore.of)}`));
        }
        async function restart(id) {
          try { await json(`/api/tasks/${id}/restart`, { method: "POST" }); } catch (error) { addEvent("warning", { time: Date.now(), task: id, text: error.message }); showEvents(); }
        }

        // Events.
        function addEvent(name, data) {
          state.events.unshift({ name, ...data });
          state.events.length = Math.min(state.events.length, 200);
          if (name === "assigned" && !state.marks.includes(data.time)) state.marks = state.marks.concat(data.time).slice(-50);
        }
        function showEvents() {
          $("events").replaceChildren(...(state.events.length ? state.events.map(event => el("li", { className: "e-" + event.name },
            el("time", {}, clock(event.time)), el("b", {}, event.name), el("span", {}, event.task ? el("span", { className: "task" }, event.task + " ") : null, event.text)))
            : [el("li", { className: "empty" }, "Nothing yet.")]));
        }
        """#
}
