/// The style and the script of the page. Neither refers to anything outside it.
enum BisectPageStyle {
  /// Colours by their use. They keep a contrast of 4.5 to 1 on their ground, in both themes (WCAG 2.2, 1.4.3).
  private static let light = """
    color-scheme: light; --ground: #ffffff; --raised: #f4f5f7; --line: #c9ced6; --text: #1b1f24; --quiet: #57606a;
    --link: #0a58ca; --a: #0b5cad; --b: #a63d00; --same: #6e7781; --bad: #b3261e; --good: #1a7f37; --mark: #7a3fb0;
    """
  private static let dark = """
    color-scheme: dark; --ground: #14171b; --raised: #1f242a; --line: #3d444d; --text: #e6e9ed; --quiet: #a2abb6;
    --link: #7ab7ff; --a: #79b8ff; --b: #ffab70; --same: #9aa4af; --bad: #ff8a80; --good: #6fdd8b; --mark: #d2a8ff;
    """

  /// The style sheet.
  static let sheet = """
    :root { \(light) }
    @media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { \(dark) } }
    :root[data-theme=dark] { \(dark) }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0 auto; max-width: 76rem; padding: 0 1.25rem 4rem; background: var(--ground); color: var(--text);
      font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
    code, pre, .mono, svg text.mono { font-family: ui-monospace, "Cascadia Mono", "Liberation Mono", monospace;
      font-size: .875rem; }
    a { color: var(--link); }
    :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
    .skip { position: absolute; left: -100rem; }
    .skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: .5rem 1rem; z-index: 2; }
    header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: flex-start; padding: 1.5rem 0 .75rem; }
    header h1 { flex: 1 1 24rem; margin: 0; font-size: 1.6rem; line-height: 1.25; text-wrap: balance; }
    h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
    h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
    p { max-width: 70ch; }
    nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 0; padding: 0; }
    button { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line);
      border-radius: .4rem; padding: .25rem .75rem; min-height: 2.25rem; cursor: pointer; }
    button:hover { border-color: var(--quiet); }
    .verdict { display: inline-block; border: 2px solid currentColor; border-radius: .4rem; padding: .1rem .6rem;
      font-weight: 600; }
    .bad { color: var(--bad); } .good { color: var(--good); } .quiet { color: var(--quiet); }
    .a { color: var(--a); } .b { color: var(--b); }
    dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0; }
    dl.facts dt { color: var(--quiet); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
    .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; margin: .75rem 0; }
    table { border-collapse: collapse; width: 100%; }
    caption { text-align: left; padding: .5rem .75rem; color: var(--quiet); }
    th, td { text-align: left; vertical-align: baseline; padding: .3rem .75rem; border-top: 1px solid var(--line); }
    thead th { border-top: 0; background: var(--raised); font-weight: 600; }
    tbody th { font-weight: 400; }
    tbody th, tbody td { white-space: nowrap; font-variant-numeric: tabular-nums; }
    tbody td.long { white-space: normal; overflow-wrap: anywhere; min-width: 20rem; }
    tr.here th, tr.here td { background: var(--raised); font-weight: 600; }
    .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 1.5rem; }
    details { margin: .75rem 0; }
    summary { cursor: pointer; padding: .25rem 0; }
    figure { margin: 0 0 1rem; } figcaption { color: var(--quiet); margin: .5rem 0; }
    svg { display: block; min-width: 46rem; width: 100%; height: auto; }
    svg text { fill: var(--text); font-size: 13px; } svg text.quiet { fill: var(--quiet); }
    svg .a { fill: var(--a); } svg .b { fill: var(--b); } svg .same { fill: var(--same); }
    svg .stroke { stroke: var(--text); fill: none; } svg .grid { stroke: var(--line); fill: none; }
    svg .parting { stroke: var(--bad); stroke-width: 2; fill: none; }
    svg text.parting { fill: var(--bad); stroke: none; }
    svg .mark { fill: var(--mark); stroke: var(--ground); }
    svg .different { fill: var(--bad); } svg .hollow { fill: var(--ground); }
    svg .input { fill: var(--text); } svg .interrupt { stroke: var(--quiet); stroke-width: 1.5; }
    ul.tree, ul.tree ul { list-style: none; margin: 0; padding: 0; }
    ul.tree ul { margin-left: .6rem; padding-left: 1rem; border-left: 1px solid var(--line); }
    ul.tree li { padding: .15rem 0; overflow-wrap: anywhere; }
    ul.tree details { margin: 0; }
    .command { display: flex; gap: .75rem; align-items: center; margin: .5rem 0; }
    .command pre { flex: 1; margin: 0; padding: .5rem .75rem; background: var(--raised); border: 1px solid var(--line);
      border-radius: .4rem; overflow-x: auto; }
    footer { margin-top: 3rem; color: var(--quiet); }
    @media print { nav, button, .skip { display: none; } body { max-width: none; } details { display: block; } }
    @media (max-width: 40rem) { body { padding: 0 .75rem 3rem; } dl.facts { grid-template-columns: 1fr; gap: 0; }
      dl.facts dd { margin-bottom: .5rem; } .command { flex-wrap: wrap; } th, td { padding: .3rem .5rem; } }
    """

  /// What the buttons do. Without it the page says the same, in the theme of the system.
  static let script = """
    (function () {
      var root = document.documentElement, toggle = document.getElementById("theme");
      var dark = matchMedia("(prefers-color-scheme: dark)").matches;
      function show() {
        root.dataset.theme = dark ? "dark" : "light";
        toggle.textContent = dark ? "Light theme" : "Dark theme";
      }
      show();
      toggle.hidden = false;
      toggle.addEventListener("click", function () { dark = !dark; show(); });
      var said = document.getElementById("said");
      document.querySelectorAll("button[data-copy]").forEach(function (button) {
        button.hidden = false;
        button.addEventListener("click", function () {
          var command = document.getElementById(button.dataset.copy).textContent;
          function done(ok) {
            said.textContent = ok ? "Copied: " + command : "Could not copy: select the line instead.";
          }
          if (!navigator.clipboard) { done(false); return; }
          navigator.clipboard.writeText(command).then(function () { done(true); }, function () { done(false); });
        });
      });
    })();
    """
}
