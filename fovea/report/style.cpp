#include "fovea/report/style.h"

namespace fovea::report {

// The eight colours of curves keep apart for the common forms of colour blindness (after Okabe and Ito, "Color universal design", 2008), a shade lighter on
// a dark ground.
std::string_view style_sheet() {
  return R"css(
:root{--bg:#f6f7f9;--card:#fff;--ink:#1c2330;--dim:#667085;--line:#e3e6eb;--grid:#eceef2;--hint:#fff6e0;--hint-ink:#6b4a00;
--c0:#2563c9;--c1:#d9620b;--c2:#0b8f6c;--c3:#8a4fc4;--c4:#c9356b;--c5:#0c83a8;--c6:#8a6a10;--c7:#6b7687;--good:#0b8f6c;--bad:#c8322b}
@media (prefers-color-scheme:dark){:root{--bg:#11151c;--card:#191f28;--ink:#e4e8ee;--dim:#95a0b0;--line:#2b3340;--grid:#242b36;--hint:#2f2818;--hint-ink:#f0cf8a;
--c0:#6ea1f7;--c1:#f39a54;--c2:#45c9a2;--c3:#bd93ee;--c4:#f07ea6;--c5:#55bfe0;--c6:#d3b45a;--c7:#8e99aa;--good:#45c9a2;--bad:#f4776f}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:0 auto;padding:32px 28px 80px}
h1{font-size:28px;line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:19px;margin:44px 0 10px;font-weight:650}
h3{font-size:14px;margin:0 0 8px;font-weight:600}
p{margin:6px 0}
small,.about,.none,figcaption span{color:var(--dim)}
.about{margin:2px 0 12px}
.none{font-style:italic}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
pre{margin:0;line-height:1.55}
.verdict{font-size:17px;margin:10px 0 18px;max-width:80ch;overflow-wrap:anywhere}
.state{display:inline-block;vertical-align:.12em;font-size:12.5px;font-weight:600;letter-spacing:.02em;line-height:1.5;padding:2px 10px;border-radius:20px;color:var(--dim);border:1px solid currentColor;white-space:nowrap}
h1 .state{margin-left:8px;vertical-align:.28em}
.state.done{color:var(--good)}.state.running{color:var(--c0)}.state.interrupted,.state.killed,.state.silent{color:var(--c1)}.state.diverged,.state.failed{color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;margin:0 0 16px;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.tiles div{padding:12px 16px;box-shadow:1px 0 var(--line),0 1px var(--line)}
.tiles dt{font-size:12.5px;color:var(--dim)}
.tiles dd{margin:1px 0;font-size:21px;font-weight:600;letter-spacing:-.01em}
.tiles small{display:block;font-size:12.5px;line-height:1.35}
.hint{background:var(--hint);color:var(--hint-ink);border-radius:8px;padding:9px 14px;margin:8px 0;overflow-wrap:anywhere}
nav{position:sticky;top:0;z-index:2;display:flex;gap:22px;overflow-x:auto;background:var(--bg);border-bottom:1px solid var(--line);padding:10px 0;margin-top:8px;white-space:nowrap}
nav a{color:var(--dim);text-decoration:none;font-size:14px}nav a:hover{color:var(--ink)}
section{scroll-margin-top:36px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;margin:0 0 14px}
.scroll{overflow-x:auto}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:14px}
.charts .card{margin:0;position:relative;display:flex;flex-direction:column}
.charts svg{margin-top:auto}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:14px}
.charts figcaption b{font-weight:600}.charts figcaption span{font-size:12.5px;margin-left:6px}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;font-size:12.5px;color:var(--dim);margin:4px 0 8px}
.legend b{color:var(--ink);font-weight:600;margin-left:3px}
.legend i{display:inline-block;width:16px;height:0;border-top:2.5px solid;vertical-align:.27em;margin-right:6px}
.legend i.dash,.key.dash{border-top-style:dashed}.legend i.dots,.key.dots{border-top-style:dotted}.legend i.level{border-top:2px dotted var(--dim)}
.legend i.moment{width:0;height:12px;border-top:0;border-left:1.5px dashed var(--dim);vertical-align:-.1em;margin-left:6px}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{fill:var(--dim);font-size:11.5px}
text.e{text-anchor:end}text.m{text-anchor:middle}
.grid path{stroke:var(--grid);fill:none}.grid .base,.grid .tick{stroke:var(--dim);stroke-opacity:.55}
.line{fill:none;stroke:currentColor;stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}
.line.thin{stroke-width:1;stroke-opacity:.3}.line.dash{stroke-dasharray:5 4}.line.dots{stroke-dasharray:.5 4}
.key{display:inline-block;width:18px;height:0;border-top:3px solid;vertical-align:.27em;margin-right:5px}
.faded{opacity:.12}
.measured>input{position:absolute;opacity:0}
.measured>label{display:inline-block;font-size:13.5px;padding:3px 14px;margin:0 1px 0 3px;border:1px solid var(--line);border-radius:20px;background:var(--card);color:var(--dim);cursor:pointer}
.measured>input:checked+label{color:var(--ink);border-color:var(--dim);font-weight:600}
.measured>input:focus-visible+label{outline:2px solid var(--c0)}
.measured>.charts{display:none}
#by-step:checked~.by-step,#by-epoch:checked~.by-epoch,#by-time:checked~.by-time{display:grid}
.legend.all{position:sticky;top:42px;z-index:2;background:var(--bg);padding:8px 0;margin:4px 0;font-size:13.5px;color:var(--ink);border-bottom:1px solid var(--line)}
.legend.all span{cursor:default}
.wrap td+td{overflow-wrap:anywhere;min-width:9em}td.same{color:var(--dim);opacity:.75}
circle{fill:currentColor}
.moment{stroke:var(--dim);stroke-dasharray:3 3;fill:none}
path.level{stroke:var(--dim);stroke-width:1.5;stroke-dasharray:1.5 4;stroke-linecap:round;fill:none}
rect.c0{fill:currentColor}
.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}
.dot{display:inline-block;width:9px;height:9px;border-radius:50%;background:currentColor;margin-right:3px}
.cursor{stroke:var(--dim);stroke-opacity:.7}
.tip{position:absolute;pointer-events:none;background:var(--card);border:1px solid var(--line);border-radius:7px;box-shadow:0 3px 14px #0003;padding:6px 10px;font-size:12.5px;line-height:1.5;white-space:nowrap;z-index:1}
.tip b{font-weight:600}.tip .dot{margin-right:7px}
table{border-collapse:collapse;width:100%;font-size:14px}
th{font-size:12.5px;font-weight:500;color:var(--dim);text-align:left;padding:2px 14px 6px 0;white-space:nowrap;border-bottom:1px solid var(--line)}
td{padding:4px 14px 4px 0;border-bottom:1px solid var(--grid);vertical-align:middle}
tr:last-child td{border-bottom:0}
td:last-child,th:last-child{padding-right:0}
th.n,td.n{text-align:right}td.t{white-space:nowrap;color:var(--dim)}
th.wide{width:38%}th.n+th:not(.n),td.n+td:not(.n){padding-left:22px}
.sortable th[tabindex]{cursor:pointer}.sortable th[tabindex]:hover{color:var(--ink)}
th[aria-sort=ascending]::after{content:" ↑"}th[aria-sort=descending]::after{content:" ↓"}
.ends th:nth-child(4),.ends td:nth-child(4){display:none}
.undone{opacity:.55}
.bar{display:grid;grid-template-columns:1fr 58px;align-items:center;gap:8px;min-width:130px}
.bar span{height:12px;border-radius:3px;background:var(--grid);overflow:hidden}
.bar i{display:block;height:100%;background:var(--c0)}.bar.plain i{background:var(--c5)}.bar.miss i{background:var(--c1)}
.bar b{text-align:right;font-weight:500}
.heat .frame{fill:var(--grid);fill-opacity:.45}.heat .hit{fill:var(--c0)}.heat .miss{fill:var(--c1)}
.heat text{font-size:12px;fill:var(--ink)}.heat text.on{fill:#fff}.heat .axis{fill:var(--dim);font-size:11.5px}
.profile{margin-top:6px}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(158px,1fr));gap:14px}
.pictures.large{grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr))}.pictures.large img{aspect-ratio:4/3}
.pictures .card{margin:0;padding:0;overflow:hidden}
.pictures img,.missing{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--grid)}
.missing{display:grid;place-items:center;color:var(--dim);font-size:12.5px}
.pictures figcaption{padding:9px 12px 11px;font-size:13.5px;line-height:1.45;overflow-wrap:anywhere}
.pictures b{font-weight:600}.wrong{color:var(--c1)}
.pictures figcaption span{display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;font-size:11.5px;margin-top:3px}
details summary{cursor:pointer;font-weight:600;font-size:14px}
details[open] summary{margin-bottom:10px}
.filter{font:inherit;font-size:14px;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:7px;padding:6px 11px;margin:0 0 12px;width:260px;max-width:100%}
.list{max-height:300px;overflow:auto}
.config i{font-style:normal;color:var(--dim)}.config b{font-weight:700}
@media (max-width:640px){main{padding:20px 14px 60px}h1{font-size:23px}.card{padding:12px}.tiles{grid-template-columns:repeat(2,1fr)}}
@media print{nav{display:none}.card{break-inside:avoid}body{background:#fff}}
)css";
}

}  // namespace fovea::report
