extension LivePage {
    /// The topology as a drawing: each sub-topology in a box of layers from left to right, with topics in place of the sources and sinks
    /// that read and write them, and stores under the steps that use them.
    static let graphScript = #"""
        const size = { node: 158, tall: 32, topic: 40, store: 41, across: 70, down: 14 };
        let places = [];

        /// The nodes of a sub-topology as they are drawn.
        function shapes(part) {
          const inner = new Set(state.topology.internalTopics), nodes = new Map(), edges = [];
          const add = (id, shape) => { if (!nodes.has(id)) nodes.set(id, { id, next: [], stores: [], ...shape }); return nodes.get(id); };
          const topic = (name, role) => add(role + name, { kind: "topic", role, name: name ?? "chosen by each record", inner: inner.has(name) });
          const used = new Set();
          for (const node of part.nodes) {
            if (node.kind === "source") for (const name of node.topics) topic(name, "in").steps = [...(topic(name, "in").steps || []), node.name];
            else if (node.kind === "sink") topic(node.topic, "out").steps = [...(topic(node.topic, "out").steps || []), node.name];
            else {
              const step = add(node.name, { kind: "step", name: node.name });
              for (const store of node.stores) { if (!used.has(store)) { used.add(store); step.stores.push(store); } else step.shares = [...(step.shares || []), store]; }
            }
          }
          const ends = name => {
            const node = part.nodes.find(other => other.name === name);
            return node.kind === "source" ? node.topics.map(topic => "in" + topic) : node.kind === "sink" ? ["out" + node.topic] : [name];
          };
          for (const node of part.nodes) for (const from of ends(node.name)) for (const next of node.successors) for (const to of ends(next)) {
            if (!edges.some(edge => edge.from === from && edge.to === to)) { edges.push({ from, to }); nodes.get(from).next.push(to); }
          }
          return { nodes: [...nodes.values()], byId: nodes, edges };
        }

        /// Puts nodes into layers by their longest way from a source, and sorts each layer by where its neighbours are.
        function arrange(graph) {
          const depth = new Map(graph.nodes.map(node => [node.id, 0]));
          for (let round = 0, moved = true; moved && round <= graph.nodes.length; round++) {
            moved = false;
            for (const { from, to } of graph.edges) if (depth.get(to) < depth.get(from) + 1) { depth.set(to, depth.get(from) + 1); moved = true; }
          }
          const layers = [];
          for (const node of graph.nodes) (layers[depth.get(node.id)] = layers[depth.get(node.id)] || []).push(node);
          const around = (node, forward) => graph.edges.filter(edge => edge[forward ? "from" : "to"] === node.id).map(edge => graph.byId.get(edge[forward ? "to" : "from"]));
          layers.forEach(layer => layer.forEach((node, index) => node.rank = index));
          for (let sweep = 0; sweep < 8; sweep++) {
            for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
              for (const node of layer) { const near = around(node, sweep % 2); node.wish = near.length ? near.reduce((sum, other) => sum + other.rank, 0) / near.length : node.rank; }
              layer.sort((a, b) => a.wish - b.wish).forEach((node, index) => node.rank = index);
            }
          }
          const tall = node => (node.kind === "topic" ? size.topic : size.tall) + node.stores.length * (size.store + 4);
          const heights = layers.map(layer => layer.reduce((sum, node) => sum + tall(node) + size.down, -size.down));
          const height = Math.max(...heights);
          layers.forEach((layer, column) => {
            let y = (height - heights[column]) / 2;
            for (const node of layer) { node.x = column * (size.node + size.across); node.y = y; node.h = node.kind === "topic" ? size.topic : size.tall; y += tall(node) + size.down; }
          });
          return { width: layers.length * (size.node + size.across) - size.across, height };
        }

        const label = name => {
          // The front of the application's own topics is its name.
          const own = state.application.application + "-";
          if (state.topology.internalTopics.includes(name) && name.startsWith(own)) return name.slice(own.length);
          const made = name.match(/^K(STREAM|TABLE)-([A-Z-]+?)-(\d{10})(.*)$/);
          return made ? `${made[2].toLowerCase().replace(/-/g, " ")} ${+made[3]}${made[4]}` : name;
        };
        const cut = (text, most) => text.length > most ? text.slice(0, most - 1) + "…" : text;

        function drawGraph() {
          places = [];
          const pad = 14, gap = 12, boxes = [], room = $("graph").clientWidth - 28;
          let top = 0, left = 0, width = 0, row = 0;
          for (const part of state.topology.subTopologies) {
            const graph = shapes(part), extent = arrange(graph);
            const wide = extent.width + 2 * pad, high = extent.height + 2 * pad + 18;
            // Side by side as far as there is room.
            if (left > 0 && left + wide > room) { top += row + gap; left = row = 0; }
            const box = svg("g", { transform: `translate(${left} ${top})` });
            box.append(svg("rect", { class: "box", x: .5, y: .5, width: wide, height: high, rx: 5 }));
            box.append(svg("text", { class: "boxname", x: pad, y: 17 }, part.isGlobal ? `global store (sub-topology ${part.id})` : `sub-topology ${part.id}`));
            const field = svg("g", { transform: `translate(${pad} ${pad + 18})` }), over = [];
            for (const { from, to } of graph.edges) {
              const a = graph.byId.get(from), b = graph.byId.get(to), x1 = a.x + size.node, y1 = a.y + a.h / 2, y2 = b.y + b.h / 2, bend = Math.min(40, (b.x - x1) / 2);
              const way = svg("path", { class: "edge", d: `M${x1},${y1}C${x1 + bend},${y1} ${b.x - bend},${y2} ${b.x},${y2}` });
              field.append(way);
              const rate = svg("text", { class: "rate", x: (x1 + b.x) / 2, y: (y1 + y2) / 2 - (Math.abs(y1 - y2) < 12 ? 5 : -3.5), "text-anchor": "middle" });
              if (a.kind === "topic" || b.kind === "topic") over.push(rate);
              // All that comes from a topic goes every way. Of several steps that write one, what each does is not known.
              const tells = a.kind === "topic" || graph.edges.filter(edge => edge.to === to).length === 1;
              places.push({ kind: "edge", a, b, way, rate, tells });
            }
            for (const node of graph.nodes) drawNode(field, node);
            for (const node of graph.nodes) for (const store of node.shares || []) {
              const owner = graph.nodes.find(other => other.stores.includes(store));
              if (owner) field.prepend(svg("path", { class: "tie", d: `M${node.x + size.node / 2},${node.y + node.h}L${owner.x + size.node / 2},${owner.y + owner.h + 22}` }));
            }
            field.append(...over);
            box.append(field);
            boxes.push(box);
            width = Math.max(width, left + wide);
            left += wide + gap;
            row = Math.max(row, high);
          }
          $("graph").replaceChildren(svg("svg", { width: width + 1, height: top + row + 1, role: "group", "aria-label": "The topology as a graph" }, ...boxes));
        }
        function drawNode(field, node) {
          const kind = node.kind === "topic" ? `topic ${node.inner ? "inner" : ""}` : "step";
          const group = svg("g", { class: "node " + kind, transform: `translate(${node.x} ${node.y})`, tabindex: 0, role: "button", "aria-label": `${node.kind} ${node.name}` });
          group.append(svg("title", {}, node.name), svg("rect", { width: size.node, height: node.h, rx: node.kind === "topic" ? node.h / 2 : 4 }));
          const inset = node.kind === "topic" ? 16 : 10, sub = svg("text", { class: "sub", x: inset, y: 31 });
          group.append(svg("text", { x: inset, y: node.kind === "topic" ? 17 : 20.5 }, cut(label(node.name), node.kind === "topic" ? 21 : 23)));
          if (node.kind === "topic") group.append(sub);
          field.append(group);
          select(group, () => node);
          places.push({ kind: node.kind, node, group, sub });
          node.stores.forEach((store, index) => {
            const y = node.y + node.h + 4 + index * (size.store + 4), w = size.node - 16, h = size.store;
            const chip = svg("g", { class: "node store", transform: `translate(${node.x + 8} ${y})`, tabindex: 0, role: "button", "aria-label": "store " + store });
            const under = svg("text", { class: "sub", x: 8, y: 34 });
            chip.append(svg("title", {}, store), svg("path", { d: `M0,4C0,-1.5 ${w},-1.5 ${w},4V${h - 4}C${w},${h + 1.5} 0,${h + 1.5} 0,${h - 4}ZM0,4C0,9 ${w},9 ${w},4` }),
              svg("text", { x: 8, y: 21.5 }, cut(store, 21)), under);
            field.append(chip);
            select(chip, () => ({ kind: "store", name: store }));
            places.push({ kind: "store", node: { name: store }, group: chip, sub: under });
          });
        }
        let selected = null;
        function select(group, node) {
          const show = () => { selected = node(); showDetail(); };
          group.addEventListener("focus", show);
          group.addEventListener("click", () => { show(); if (selected.kind === "store") chooseStore(selected.name, false); });
          group.addEventListener("keydown", event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); if (selected.kind === "store") chooseStore(selected.name, true); } });
        }
        function showDetail() {
          for (const place of places) place.group?.classList.toggle("twin", !!selected && selected.kind === "topic" && place.node?.kind === "topic" && place.node.name === selected.name);
          if (!selected || !state.flow) return $("detail").replaceChildren();
          const flow = state.flow, parts = [el("b", {}, selected.name)];
          if (selected.kind === "topic") {
            const source = flow.sources[selected.name], sink = flow.sinks[selected.name];
            if (selected.steps) parts.push(` ${selected.role === "in" ? "read by" : "written by"} ${selected.steps.join(", ")}.`);
            if (source && selected.role === "in") parts.push(` ${number(source.rate)} records/s, ${number(source.records)} in all, lag ${number(source.lag)}; age when processed ${span(source.latencyMedian)} median, ${span(source.latencyTail)} at 99 %.`);
            if (sink && selected.role === "out") parts.push(` ${number(sink.rate)} records/s, ${number(sink.records)} in all; age when written ${span(sink.latencyMedian)} median, ${span(sink.latencyTail)} at 99 %.`);
          } else if (selected.kind === "store") {
            const store = state.stores.find(other => other.name === selected.name), writes = flow.stores[selected.name];
            if (store) parts.push(` ${store.kind}${store.keyType ? ` of ${store.keyType} and ${store.valueType}` : ""}, on ${store.engine}, ${number(store.rows)} rows here.`);
            if (writes) parts.push(` ${number(writes.rate)} changed rows/s to its changelog.`);
          } else parts.push(` gives to ${selected.next.length ? selected.next.map(id => id.replace(/^(in|out)(?=[^A-Z])/, "")).join(", ") : "nobody"}${selected.stores.length ? `, has ${selected.stores.join(", ")}` : ""}.`);
          $("detail").replaceChildren(...parts);
        }
        function showFlow() {
          const flow = state.flow;
          const rateOf = node => node.kind !== "topic" ? null : (node.role === "in" ? flow.sources[node.name] : flow.sinks[node.name])?.rate;
          for (const place of places) {
            if (place.kind === "edge") {
              const rate = rateOf(place.a) ?? rateOf(place.b);
              place.way.classList.toggle("flowing", rate > 0);
              place.way.setAttribute("stroke-width", rate > 0 ? Math.min(3.6, 1 + Math.log10(1 + rate) * .5) : 1);
              place.rate.textContent = place.tells && rate != null ? short(rate) + "/s" : "";
            } else if (place.kind === "topic") {
              const name = place.node.name, source = flow.sources[name];
              if (place.node.role === "in") {
                place.sub.textContent = source ? `lag ${number(source.lag)}` : "";
                place.sub.classList.toggle("behind", source?.lag > 1000);
              } else place.sub.textContent = flow.sinks[name] ? `${short(flow.sinks[name].records)} written` : "nothing written yet";
            } else if (place.kind === "store") {
              const store = state.stores.find(other => other.name === place.node.name), writes = flow.stores[place.node.name];
              place.sub.textContent = [store?.rows != null ? `${number(store.rows)} rows` : null, writes ? `${short(writes.rate)}/s` : null].filter(Boolean).join(" · ");
            }
          }
          showDetail();
        }
        """#
}
