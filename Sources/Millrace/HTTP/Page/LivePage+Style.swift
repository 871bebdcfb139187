extension LivePage {
    static let style = #"""
        :root {
          --paper: #f5f6f4; --card: #fff; --ink: #1b2527; --soft: #5d6c70; --line: #dfe4e3; --wash: #eef1f0;
          --one: #0f7280; --two: #b06f12; --three: #6a5db3; --good: #2a7a4b; --bad: #b23329; --warn: #9a6700;
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace;
        }
        @media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {
          --paper: #10171a; --card: #172023; --ink: #e1e8e7; --soft: #93a4a8; --line: #2a3639; --wash: #1e292c;
          --one: #4db6c4; --two: #dba343; --three: #a89cec; --good: #67bf89; --bad: #ee8277; --warn: #dfb04c;
          color-scheme: dark;
        } }
        :root[data-theme="dark"] {
          --paper: #10171a; --card: #172023; --ink: #e1e8e7; --soft: #93a4a8; --line: #2a3639; --wash: #1e292c;
          --one: #4db6c4; --two: #dba343; --three: #a89cec; --good: #67bf89; --bad: #ee8277; --warn: #dfb04c;
          color-scheme: dark;
        }
        :root[data-theme="light"] { color-scheme: light; }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--paper); color: var(--ink); font: 13px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
        }
        .skip { position: absolute; left: -999px; }
        .skip:focus { left: 8px; top: 8px; background: var(--card); padding: 6px 10px; z-index: 9; }
        :focus-visible { outline: 2px solid var(--one); outline-offset: 2px; border-radius: 3px; }
        header {
          position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px; padding: 9px 20px;
          background: var(--paper); border-bottom: 1px solid var(--line);
        }
        header svg { flex: none; }
        h1 { font-size: 16px; font-weight: 650; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
        h2 { font-size: 13px; font-weight: 650; margin: 0; }
        h2 small, .note { font-weight: 400; color: var(--soft); font-size: 12px; }
        .facts { color: var(--soft); font-size: 12px; }
        .facts b { color: var(--ink); font-weight: 550; }
        .push { margin-left: auto; display: flex; gap: 8px; align-items: center; }
        .state { font-weight: 600; white-space: nowrap; }
        .state::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 6px; background: currentColor; }
        .s-running { color: var(--good); } .s-failed, .s-gone { color: var(--bad); } .s-paused, .s-standby { color: var(--three); }
        .s-restoring, .s-rebalancing, .s-starting, .s-disconnected, .s-stopping, .s-degraded { color: var(--warn); } .s-created, .s-stopped { color: var(--soft); }
        button, input, select {
          font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 3px 9px; min-height: 28px;
        }
        button { cursor: pointer; } button:hover { border-color: var(--soft); }
        button:disabled { opacity: .5; cursor: default; }
        button.quiet { background: none; border-color: transparent; color: var(--soft); }
        button.quiet:hover { color: var(--ink); border-color: var(--line); }
        #gone { background: var(--bad); color: #fff; padding: 6px 20px; font-weight: 550; }
        [hidden] { display: none !important; }
        main { max-width: 1500px; margin: 0 auto; padding: 14px 20px 40px; display: grid; gap: 14px; grid-template-columns: repeat(12, minmax(0, 1fr)); }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 6px; grid-column: span 12; min-width: 0; }
        section > .head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 12px; padding: 9px 14px; border-bottom: 1px solid var(--line); }
        .stale main { opacity: .55; }
        .plot { grid-column: span 4; padding: 9px 14px 6px; }
        .plot .top { display: flex; justify-content: space-between; align-items: baseline; gap: 8px; }
        .plot .now { font-size: 19px; font-weight: 600; letter-spacing: -.02em; white-space: nowrap; }
        .plot .now small { font-size: 12px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
        .plot svg { display: block; width: 100%; height: 128px; margin-top: 4px; touch-action: pan-y; }
        .key { display: flex; flex-wrap: wrap; gap: 0 12px; color: var(--soft); font-size: 11.5px; }
        .key i { display: inline-block; width: 12px; height: 2px; vertical-align: middle; margin-right: 5px; background: var(--c); }
        .grid { stroke: var(--line); } .tick { fill: var(--soft); font-size: 10.5px; }
        .series { fill: none; stroke: var(--c); stroke-width: 1.5; stroke-linejoin: round; } .under { fill: var(--c); opacity: .09; }
        .mark { stroke: var(--warn); stroke-dasharray: 2 3; } .cross { stroke: var(--soft); }
        #panels { grid-column: span 12; display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); grid-auto-flow: dense; }
        .panel { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 9px 14px; min-width: 0; }
        .panel.wide { grid-row: span 2; grid-column: span 2; }
        .panel .big { font-size: 22px; font-weight: 600; letter-spacing: -.02em; }
        .panel svg { display: block; width: 100%; height: 40px; margin-top: 4px; }
        .bars { display: grid; grid-template-columns: minmax(0, auto) minmax(40%, 1fr) auto; gap: 4px 8px; margin-top: 6px; align-items: center; font-size: 12px; }
        .bars span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-family: var(--mono); font-size: 11.5px; }
        .bars i { display: block; height: 9px; background: var(--one); opacity: .75; border-radius: 1px; transition: width .6s; min-width: 1px; }
        #graph { overflow-x: auto; padding: 6px 14px 14px; }
        #graph svg { display: block; }
        .box { fill: var(--wash); stroke: var(--line); } .boxname { fill: var(--soft); font-size: 11px; }
        .edge { fill: none; stroke: var(--soft); opacity: .6; } .flowing { stroke: var(--one); opacity: .75; }
        .rate { font-size: 10.5px; fill: var(--soft); paint-order: stroke; stroke: var(--wash); stroke-width: 4px; stroke-linejoin: round; }
        .node rect, .node path { fill: var(--card); stroke: var(--soft); }
        .node.topic rect { stroke: var(--one); stroke-width: 1.4; } .node.inner rect { stroke-dasharray: 4 3; }
        .node.store path { stroke: var(--two); stroke-width: 1.3; } .tie { stroke: var(--two); stroke-dasharray: 2 3; fill: none; }
        .node text { font-size: 11.5px; fill: var(--ink); } .node .sub { font-size: 10.5px; fill: var(--soft); }
        .node .sub.behind { fill: var(--warn); font-weight: 600; }
        .node { cursor: pointer; } .node:focus { outline: none; }
        .node:focus rect, .node:focus path, .node:hover rect, .node:hover path, .node.twin rect { stroke: var(--ink); stroke-width: 2; }
        #detail { padding: 0 14px 10px; color: var(--soft); min-height: 20px; overflow-wrap: anywhere; }
        #detail b { color: var(--ink); font-family: var(--mono); font-weight: 500; font-size: 12px; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        th { text-align: left; font-weight: 500; color: var(--soft); font-size: 11.5px; padding: 5px 14px; white-space: nowrap; border-bottom: 1px solid var(--line); }
        td { padding: 4px 14px; border-bottom: 1px solid var(--line); vertical-align: top; }
        tr:last-child td { border-bottom: 0; }
        td.n, th.n { text-align: right; white-space: nowrap; } td.id { font-family: var(--mono); font-size: 12px; white-space: nowrap; }
        tr.instance td { background: var(--wash); color: var(--soft); font-size: 12px; }
        .behind { color: var(--warn); font-weight: 600; }
        progress { width: 90px; height: 8px; accent-color: var(--warn); vertical-align: middle; }
        #tasksBox { grid-column: span 7; } #storesBox { grid-column: span 5; }
        #search { display: flex; flex-wrap: wrap; gap: 6px; padding: 10px 14px; border-bottom: 1px solid var(--line); }
        #search input[name=key] { flex: 1 1 130px; min-width: 0; font-family: var(--mono); font-size: 12px; }
        #search select { max-width: 100%; }
        #found { padding: 8px 14px; border-bottom: 1px solid var(--line); max-height: 300px; overflow: auto; }
        #found table td, #found table th { padding: 3px 8px 3px 0; } #found .v { font-family: var(--mono); font-size: 12px; overflow-wrap: anywhere; }
        #stores tr { cursor: pointer; } #stores tr:hover td { background: var(--wash); }
        #events { list-style: none; margin: 0; padding: 4px 0; max-height: 340px; overflow: auto; }
        #events li { display: grid; grid-template-columns: 62px 74px minmax(0, 1fr); gap: 8px; padding: 2px 14px; }
        #events time, #events .task { color: var(--soft); font-family: var(--mono); font-size: 11.5px; line-height: 1.6; }
        .e-warning, .e-waiting { color: var(--warn); } .e-failed { color: var(--bad); }
        #events b { font-weight: 550; } #events span { overflow-wrap: anywhere; }
        .empty { padding: 12px 14px; color: var(--soft); }
        dialog { border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: var(--ink); padding: 18px; }
        dialog::backdrop { background: #0006; }
        @media (max-width: 1000px) { .plot, #tasksBox, #storesBox { grid-column: span 12; } }
        @media (max-width: 560px) {
          header, #gone { padding-left: 12px; padding-right: 12px; }
          header { position: static; }
          main { padding: 10px 10px 30px; gap: 10px; }
          section > .head, .plot, #search, #found, .empty, #graph { padding-left: 10px; padding-right: 10px; }
          th, td { padding-left: 10px; padding-right: 6px; }
          #panels { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; } .panel.wide { grid-column: span 2; }
          #events li { grid-template-columns: 58px 68px minmax(0, 1fr); padding: 3px 10px; }
          button, input, select { min-height: 36px; }
        }
        @media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
        """#

    static let body = #"""
        <body>
        <a class="skip" href="#topologyBox">Skip to the topology</a>
        <div id="gone" role="alert" hidden></div>
        <header>
          <svg width="22" height="22" viewBox="0 0 16 16" aria-hidden="true"><g fill="none" stroke="var(--one)"><circle cx="8" cy="7" r="4.6" stroke-width="1.6"/><path stroke-width="1" d="M8 2.4v9.2M3.4 7h9.2M4.8 3.8l6.4 6.4M11.2 3.8L4.8 10.2"/><path d="M1 14q2-1.6 4 0t4 0 4 0 2-.8" stroke-width="1.4"/></g></svg>
          <h1 id="name">&nbsp;</h1>
          <span id="state" class="state" role="status"></span>
          <span id="facts" class="facts"></span>
          <span class="push">
            <button id="pause" hidden>Pause</button>
            <button id="theme" class="quiet" title="Change between light and dark (t)">Theme</button>
          </span>
        </header>
        <main>
          <div id="panels" hidden></div>
          <section class="plot" id="throughput" aria-label="Records a second"></section>
          <section class="plot" id="latency" aria-label="End-to-end latency"></section>
          <section class="plot" id="lag" aria-label="Lag"></section>
          <section id="topologyBox" tabindex="-1">
            <div class="head"><h2>Topology</h2><span class="note">records a second on the ways, lag at the sources; select a step for more</span></div>
            <div id="graph"></div>
            <div id="detail" role="status"></div>
          </section>
          <section id="tasksBox">
            <div class="head"><h2>Tasks</h2><span class="note" id="taskNote"></span></div>
            <div class="scroll"><table><thead><tr><th scope="col">task</th><th scope="col">state</th><th scope="col" class="n">records/s</th><th scope="col" class="n">lag</th><th scope="col">stream time</th><th scope="col" class="n">rows</th><th scope="col"><span hidden>restart</span></th></tr></thead><tbody id="tasks"></tbody></table></div>
          </section>
          <section id="storesBox">
            <div class="head"><h2>Stores</h2><span class="note" id="storeNote"></span></div>
            <form id="search" role="search">
              <select name="store" aria-label="Store"></select>
              <input name="key" aria-label="Key" placeholder="key, or its beginning with *" autocomplete="off" spellcheck="false">
              <button>Look up</button>
            </form>
            <div id="found" role="status" hidden></div>
            <div class="scroll"><table><thead><tr><th scope="col">store</th><th scope="col">has</th><th scope="col" class="n">rows here</th><th scope="col" class="n">writes/s</th></tr></thead><tbody id="stores"></tbody></table></div>
          </section>
          <section>
            <div class="head"><h2>Events</h2><span class="note">the latest first</span></div>
            <ul id="events" tabindex="0" aria-label="Events"></ul>
          </section>
        </main>
        <dialog id="ask"><form method="dialog"><p>This server asks for a token.</p><input id="token" type="password" aria-label="Token" autocomplete="current-password"> <button>Show</button></form></dialog>
        </body>
        """#
}
