/** The style of `/ui/`: a table on wide screens, cards on narrow ones. */
export const STYLE = `:root{color-scheme:light dark;--ground:#fff;--text:#191b1e;--link:#0b57d0;--line:#8886;
--quiet:#555;--ready:#0a6b2d;--bad:#b3261e}
@media(prefers-color-scheme:dark){
:root{--ground:#191b1e;--text:#eee;--link:#8ab4f8;--quiet:#bbb;--ready:#5fd38d;--bad:#ff8a80}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;
max-width:72rem;margin:0 auto;padding:1.5rem 1rem;background:var(--ground);color:var(--text)}
a{color:var(--link)}
h1{margin:0}h2{margin:2rem 0 .5rem;font-size:1.15rem}
nav{display:flex;flex-wrap:wrap;gap:0 1.5rem}nav a{padding:.25rem 0}
button{font:inherit;padding:.25rem .75rem}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.75rem;margin:1rem 0}
.facts>div{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .75rem;overflow-wrap:anywhere}
dt{color:var(--quiet);font-size:.875rem}dd{margin:0;font-size:1.15rem}
.history{display:block;width:100%;height:4rem;border-bottom:1px solid var(--line)}
.history polyline{fill:none;stroke:currentColor;stroke-width:1.5;vector-effect:non-scaling-stroke}
table{border-collapse:collapse;width:100%}
th,td{text-align:right;padding:.35rem 0 .35rem .75rem;border-bottom:1px solid var(--line);font-weight:400}
thead th{color:var(--quiet);font-size:.875rem;vertical-align:bottom}
th:first-child,td:nth-child(2),th:nth-child(2){text-align:left}th:first-child{padding-left:0}
td{font-variant-numeric:tabular-nums}
.ready{color:var(--ready)}.failed{color:var(--bad)}
#trouble{color:var(--bad)}
li{font:.9rem/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin-bottom:.25rem}
@media(max-width:52rem){
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table,tbody,th{display:block}
tr{display:grid;grid-template-columns:1fr 1fr;gap:0 1.5rem;border:1px solid var(--line);border-radius:.4rem;
padding:.5rem .75rem;margin-bottom:.75rem}
tbody th,td{text-align:left;border:0;padding:.1rem 0}
tbody th{font-weight:600}
tbody th,td:nth-child(2){grid-column:1/-1}
td{display:flex;justify-content:space-between;gap:1rem}
td::before{content:attr(data-title);color:var(--quiet)}
}`;
