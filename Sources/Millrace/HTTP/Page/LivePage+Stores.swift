extension LivePage {
    /// Stores and the search in them.
    static let storeScript = #"""
        function showStores() {
          const choice = document.querySelector("#search select"), names = state.stores.filter(store => store.kind !== "other").map(store => store.name);
          if ([...choice.options].map(option => option.value).join() !== names.join()) {
            const before = choice.value;
            choice.replaceChildren(...names.map(name => el("option", { value: name }, name)));
            if (names.includes(before)) choice.value = before;
          }
          $("search").hidden = !names.length;
          $("stores").replaceChildren(...state.stores.map(store => el("tr", { onclick: () => { if (store.kind !== "other") chooseStore(store.name, true); } },
            el("td", {}, store.name), el("td", { className: "note" }, store.kind === "other" ? "not to be queried" : `${store.kind}: ${store.keyType}, ${store.valueType}`),
            el("td", { className: "n" }, number(store.rows)), el("td", { className: "n" }, number(state.flow?.stores[store.name]?.rate ?? null)))));
          $("storeNote").textContent = state.stores.length ? "" : "this topology has none";
        }
        function chooseStore(name, focuses) {
          const store = state.stores.find(other => other.name === name);
          if (!store || store.kind === "other") return;
          document.querySelector("#search select").value = name;
          if (focuses) { const input = document.querySelector("#search [name=key]"); input.focus(); input.scrollIntoView({ block: "nearest" }); }
        }
        $("search").onsubmit = async event => {
          event.preventDefault();
          const form = event.target, name = encodeURIComponent(form.store.value), key = form.key.value;
          const path = key === "" ? `/api/stores/${name}?limit=50&partial=true`
            : key.endsWith("*") ? `/api/stores/${name}?limit=50&partial=true&prefix=${encodeURIComponent(key.slice(0, -1))}` : `/api/stores/${name}/${encodeURIComponent(key)}?limit=50`;
          $("found").hidden = false;
          try { showFound(form.store.value, await json(path)); }
          catch (error) { $("found").replaceChildren(error instanceof TypeError ? "The application does not answer." : error.message); }
        };
        function showFound(store, answer) {
          const rows = answer.rows;
          if (!rows.length && !answer.missing?.length) return $("found").replaceChildren(`${store} has no such key.`);
          const windows = rows.some(row => row.window);
          const head = ["key", windows ? "window" : null, "value", "time"].filter(Boolean);
          $("found").replaceChildren(
            el("table", {}, el("thead", {}, el("tr", {}, ...head.map(name => el("th", { scope: "col" }, name)))),
              el("tbody", {}, ...rows.map(row => el("tr", {}, el("td", { className: "v" }, text(row.key)),
                windows ? el("td", {}, row.window ? `${moment(row.window.start)} – ${moment(row.window.end)}` : "") : null,
                el("td", { className: "v" }, text(row.value)), el("td", {}, moment(row.timestamp)))))),
            el("div", { className: "note" }, [`${rows.length} ${rows.length === 1 ? "row" : "rows"}${answer.more ? ", and there are more" : ""}`,
              answer.missing?.length ? `without partition ${answer.missing.map(part => part.partition).join(", ")}: ${answer.missing[0].error}` : null,
              answer.partition != null ? `partition ${answer.partition}` : null, answer.server ? `answered by ${answer.server}` : null].filter(Boolean).join(", ")));
        }
        const text = value => typeof value === "string" ? value : JSON.stringify(value);
        """#
}
