import { colours } from '../figures/theme.ts';

const variables = (mode: 'light' | 'dark'): string =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value[mode]}`)
    .join(';');

/** The page's style sheet. Colours follow the reader's setting; paper is light. */
export const style = `
:root{color-scheme:light dark;${variables('light')}}
@media (prefers-color-scheme:dark){:root{${variables('dark')}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 "Source Sans 3","Source Sans Pro",system-ui,sans-serif}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;margin:2.5rem 0 .75rem;padding-top:.5rem;border-top:1px solid var(--grid)}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem}
p,li{max-width:46rem;overflow-wrap:anywhere}
.subtitle,.note,figcaption,dt{color:var(--muted)}
.headline{font-size:1.15rem;font-weight:600;margin:.75rem 0}
.note,figcaption{font-size:.92rem}
a{color:var(--first)}
a:focus-visible,button:focus-visible,audio:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--second);outline-offset:2px}
.skip{position:absolute;left:-100rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.25rem .5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:1rem 0;padding:0}
figure{margin:1rem 0}
.scroll{overflow-x:auto;max-width:100%}
.scroll svg{display:block;max-width:100%;height:auto;min-width:26rem}
svg text{font-family:inherit}
.timeline{position:relative;width:fit-content;max-width:100%;min-width:26rem}
.timeline .cursor{position:absolute;top:0;bottom:0;width:2px;background:var(--second);display:none;pointer-events:none}
table{border-collapse:collapse;margin:.25rem 0 1.25rem;font-size:.95rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{padding:.3rem .7rem .3rem 0;text-align:left;border-bottom:1px solid var(--grid);vertical-align:baseline}
thead th{border-bottom:2px solid var(--muted)}
tbody th{font-weight:400}
.figure{text-align:right;white-space:nowrap}
.scroll+.note{margin-top:-.5rem}
th button{all:unset;cursor:pointer;font-weight:600;text-decoration:underline dotted}
th button:focus-visible{outline:3px solid var(--second);outline-offset:2px}
th[aria-sort=ascending] button::after{content:" ▲"}
th[aria-sort=descending] button::after{content:" ▼"}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.15rem 1rem;margin:.5rem 0}
dd{margin:0;overflow-wrap:anywhere;min-width:0}
code,pre{font-family:ui-monospace,"Liberation Mono",monospace;font-size:.88em}
pre{overflow-x:auto;background:var(--band);padding:.75rem;margin:.5rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
article{border:1px solid var(--grid);border-radius:6px;padding:.25rem 1rem 1rem;margin:1rem 0}
article h3{margin:.75rem 0 .25rem;overflow-wrap:anywhere}
audio{width:100%;max-width:28rem;margin:.5rem 0;display:block}
.warning{border-left:4px solid var(--second);padding-left:.75rem}
details{margin:.75rem 0}
summary{cursor:pointer;font-weight:600}
footer{padding-bottom:3rem;color:var(--muted);font-size:.92rem}
@media (min-width:40rem){caption{white-space:nowrap}}
@media (max-width:40rem){h1{font-size:1.4rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}article{padding:.25rem .6rem .75rem}}
@media (prefers-reduced-motion:reduce){*{scroll-behavior:auto!important;transition:none!important;animation:none!important}}
@media print{
:root{color-scheme:light;${variables('light')}}
nav,audio,.skip,.cursor{display:none!important}
h2{break-after:avoid}figure,table,article{break-inside:avoid}
.scroll{overflow:visible}details>*{display:block}
body{font-size:11pt}
}
`.trim();
