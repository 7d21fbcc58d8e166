/** How the local page looks, in light and in dark. */
import { html } from "../../lambdas/widgets/html.ts";

export const pageStyle = html`<style>
:root { color-scheme: light dark; --back: #f2f3f3; --card: #ffffff; --text: #16191f; --quiet: #545b64; --edge: #d5dbdb; --link: #0063a8; }
.dark { color-scheme: dark; --back: #11161d; --card: #1b222c; --text: #e4e6e9; --quiet: #aab2bd; --edge: #39424f; --link: #7ab8f5; }
.light { color-scheme: light; }
@media (prefers-color-scheme: dark) {
.auto { --back: #11161d; --card: #1b222c; --text: #e4e6e9; --quiet: #aab2bd; --edge: #39424f; --link: #7ab8f5; }
.millrace.auto { color: #e4e6e9; --line: #39424f; --soft: #aab2bd; --good: #7bc96f; --bad: #ff9a8b; --busy: #7ab8f5; }
}
@media (prefers-color-scheme: light) {
.millrace.auto { color: #16191f; --line: #d5dbdb; --soft: #545b64; --good: #1d8102; --bad: #b3261e; --busy: #0063a8; }
}
body { margin: 0; padding: 12px 16px; background: var(--back); color: var(--text); font: 13px/1.45 "Amazon Ember", "Helvetica Neue", Arial, sans-serif; }
body.frame { padding: 0; }
header { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: baseline; margin-bottom: 10px; }
header h1 { font-size: 18px; margin: 0; }
a { color: var(--link); } nav a[aria-current] { color: var(--text); font-weight: 600; text-decoration: none; }
.grid-of { display: grid; grid-template-columns: repeat(24, minmax(0, 1fr)); gap: 0 10px; }
section { box-sizing: border-box; background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: 8px 10px; overflow: auto; }
section h2 { font-size: 13px; margin: 0 0 6px; }
section { margin-bottom: 10px; }
section.plain { background: none; border: none; padding: 0; }
iframe { border: 0; width: 100%; display: block; }
svg { display: block; width: 100%; }
svg text { fill: var(--quiet); font-size: 11px; }
svg .grid { stroke: var(--edge); } svg .level { stroke: var(--quiet); stroke-dasharray: 4 3; }
svg .line { fill: none; stroke-width: 1.8; stroke: var(--c); } svg .area { fill: var(--c); opacity: 0.25; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0 14px; margin: 2px 0 0; padding: 0; font-size: 12px; color: var(--quiet); }
.legend i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 5px; background: var(--c); }
.c0 { --c: #2a78c5; } .c1 { --c: #d1493f; } .c2 { --c: #3d9a50; } .c3 { --c: #b8860b; } .c4 { --c: #8a63c9; } .c5 { --c: #12939a; } .c6 { --c: #d3609b; } .c7 { --c: #7f8a96; }
.numbers { display: flex; gap: 32px; } .numbers p { margin: 0; color: var(--quiet); } .numbers b { display: block; font-size: 22px; color: var(--text); }
button { font: inherit; white-space: nowrap; padding: 2px 10px; border-radius: 5px; border: 1px solid var(--link); background: none; color: var(--link); cursor: pointer; }
button.primary { font-weight: 600; }
input, select { font: inherit; background: var(--back); color: var(--text); border: 1px solid var(--edge); border-radius: 5px; padding: 2px 6px; }
.quiet { color: var(--quiet); }
</style>`;
