/** Style of the report: the site's colours and measures, in the fonts that are there; light or dark as the system is. */

const LIGHT = `
  --ground: #f3f2f0; --surface: #ffffff; --sunken: #eceae7; --ink: #1d1a18; --ink-2: #625b55; --line: #dcd8d3;
  --clay: #a9441f; --clay-soft: #f7e6de; --good: #2c6e49; --good-soft: #e3f0e8; --fair: #8a5a00; --fair-soft: #faf0d9;
  --bad: #b0192f; --bad-soft: #fbe9ea; --map: #f7f5f2;`;
const DARK = `
  --ground: #151312; --surface: #1f1c1a; --sunken: #2a2623; --ink: #f4f0ec; --ink-2: #aaa19a; --line: #37322e;
  --clay: #f0834f; --clay-soft: #3a231a; --good: #7cc79a; --good-soft: #1c3226; --fair: #e6b450; --fair-soft: #352a12;
  --bad: #ff8b93; --bad-soft: #3a1c20; --map: #191716;`;

/** For a map that is a picture of its own, where there are no variables and always light. */
export const MAP_STYLE = `
.map-ground { fill: #f2f2f5 }
.map-points { stroke-width: 1.6; stroke-linecap: round; fill: none }
.map-camera path { fill: #a9441f; fill-opacity: 0.35; stroke: #a9441f; stroke-width: 1 }
.map-camera circle { fill: #a9441f }
.map-camera text { display: none }
.map-dropped { display: none }`;

export const STYLE = `
:root { color-scheme: light dark;${LIGHT} }
@media (prefers-color-scheme: dark) { :root {${DARK} } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 "Instrument Sans", system-ui, sans-serif;
  -webkit-text-size-adjust: 100% }
main { max-width: 1000px; margin: 0 auto; padding: clamp(16px, 4vw, 40px); display: grid; gap: 20px;
  grid-template-columns: minmax(0, 1fr) }
h1, h2, h3, p, ul, dl, dd, figure { margin: 0; padding: 0 }
ul { list-style: none }
h1 { font-size: clamp(26px, 5vw, 38px); line-height: 1.12; letter-spacing: -0.02em; text-wrap: balance }
h2 { font-size: 20px; line-height: 1.25; letter-spacing: -0.01em; margin-bottom: 14px }
h3 { font-size: 15px; font-weight: 600; line-height: 1.4 }
bdi, h3, dd, li { overflow-wrap: anywhere }
img, svg { display: block; max-width: 100% }
section, .verdict { background: var(--surface); border: 1px solid var(--line); border-radius: 18px;
  padding: clamp(16px, 3vw, 28px) }
section > p { color: var(--ink-2); max-width: 68ch; margin-bottom: 14px }
section > h3 { margin: 22px 0 8px }

.verdict { display: grid; gap: 24px; align-items: center; box-shadow: inset 6px 0 0 var(--mark) }
.verdict-good { --mark: var(--good) } .verdict-fair { --mark: var(--fair) } .verdict-poor { --mark: var(--bad) }
.eyebrow { color: var(--ink-2); font-size: 13px; margin-bottom: 6px }
.summary { margin-top: 12px; font-size: 17px; max-width: 60ch }
.preview { border-radius: 10px; width: 100% }
.strip { display: flex; flex-wrap: wrap; gap: 12px 28px; margin-top: 20px }
dt { color: var(--ink-2); font-size: 13px }
.strip dd { font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums }
@media (min-width: 760px) { .verdict:has(.preview) { grid-template-columns: minmax(0, 1fr) minmax(0, 380px) } }

.warnings { background: var(--fair-soft); border-color: transparent }
.warnings ul { display: grid; gap: 6px } .warnings li { padding-left: 16px; position: relative }
.warnings li::before { content: ""; position: absolute; left: 0; top: 10px; width: 6px; height: 6px; border-radius: 50%;
  background: var(--fair) }

.checks { display: grid }
.checks li { display: grid; grid-template-columns: 58px minmax(0, 1fr); gap: 16px; padding: 14px 0;
  border-top: 1px solid var(--line) }
.checks li:first-child { border-top: 0; padding-top: 0 } .checks li:last-child { padding-bottom: 0 }
.checks p { color: var(--ink-2); font-size: 14px; max-width: 72ch }
.checks h3 { font-weight: 400 }
.checks .grade { justify-self: start; align-self: start; padding: 1px 10px; border-radius: 99px; font-size: 13px;
  font-weight: 600; color: var(--mark); background: var(--soft) }
.check-good { --mark: var(--good); --soft: var(--good-soft) } .check-fair { --mark: var(--fair); --soft: var(--fair-soft) }
.check-poor { --mark: var(--bad); --soft: var(--bad-soft) }
.check-none { --mark: var(--ink-2); --soft: var(--sunken) }

.thumbnail { border-radius: 8px; overflow: hidden; background: var(--sunken); aspect-ratio: 4 / 3 }
.thumbnail img { width: 100%; height: 100%; object-fit: contain }
.number { display: inline-block; min-width: 1.7em; margin-right: 7px; padding: 0 5px; border-radius: 6px; text-align: center;
  background: var(--sunken); color: var(--ink-2); font-size: 12px; font-weight: 600; font-variant-numeric: tabular-nums }
.left-out { display: grid; gap: 16px }
.left-out li { display: grid; grid-template-columns: 96px minmax(0, 1fr); gap: 16px; align-items: center }
.left-out p { color: var(--ink-2); font-size: 14px; max-width: 68ch }
.left-out h3 { font-weight: 600 }

summary { cursor: pointer; margin-bottom: 16px; color: var(--ink-2) }
.photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 20px 16px }
.photos li { display: grid; gap: 4px; align-content: start; font-size: 13px }
.photos h3 { font-size: 13px; margin-top: 4px }
.photos .state { color: var(--good) } .photo-fair .state { color: var(--fair) } .photo-out .state { color: var(--bad) }
.photo-out img { opacity: 0.5 }
.photos dl { display: grid; color: var(--ink-2) }
.photos dl div { display: flex; justify-content: space-between; gap: 8px }
.photos dt { font-size: 13px } .photos dd { text-align: right; font-variant-numeric: tabular-nums }
.photos .doubt { color: var(--fair) }

.maps, .charts { display: grid; gap: 20px }
@media (min-width: 640px) { .maps, .charts { grid-template-columns: repeat(2, minmax(0, 1fr)) } }
.maps figcaption { color: var(--ink-2); font-size: 13px; margin-top: 6px }
.map { width: 100%; height: auto }
.map-ground { fill: var(--map) }
.map-points { stroke-width: 1.6; stroke-linecap: round; fill: none }
.map-camera path { fill: var(--clay); fill-opacity: 0.28; stroke: var(--clay); stroke-width: 0.8 }
.map-camera circle { fill: var(--clay) }
.map-camera text, .map-gap text { fill: var(--ink-2); font-size: 8.5px; text-anchor: middle }
.map-dropped path { fill: var(--bad); fill-opacity: 0; stroke: var(--bad); stroke-dasharray: 2 1.5 }
.map-dropped circle { fill: var(--bad) } .map-dropped text { fill: var(--bad); font-weight: 700 }
.map-gap path { stroke: var(--fair); stroke-width: 1.6; stroke-dasharray: 5 4; fill: none }
.map-gap text { fill: var(--fair); font-size: 11px; font-weight: 700; paint-order: stroke; stroke: var(--map);
  stroke-width: 4px }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 12px 0 20px; font-size: 13px; color: var(--ink-2) }
.key::before { content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 7px; border-radius: 3px;
  border: 1.5px solid var(--clay); background: var(--clay-soft) }
.key-dropped::before { border: 1.5px dashed var(--bad); background: none }
.key-gap::before { height: 0; width: 16px; border: 0; border-top: 2px dashed var(--fair); border-radius: 0;
  vertical-align: 4px; background: none }
.advice { margin: 0 0 24px; padding: 14px 18px; border-radius: 10px; background: var(--fair-soft) }
.advice ul { display: grid; gap: 6px; margin-top: 4px } .aside { color: var(--ink-2); font-size: 13px }
.charts { margin-bottom: 22px }
.chart figcaption { font-size: 14px; font-weight: 600; margin-bottom: 6px }
.chart svg { width: 100%; max-width: 460px; height: auto }
.chart text { fill: var(--ink-2); font-size: 10.5px; font-variant-numeric: tabular-nums }
.bar { fill: var(--clay); fill-opacity: 0.75 }
.axis { stroke: var(--line); stroke-width: 1 } .mean { stroke: var(--ink); stroke-width: 1 }
.chart .mean-label { fill: var(--ink) }
.note { margin-top: 16px }

.depths { display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 14px }
.depths img { width: 100%; border-radius: 8px }
.depths li > span { display: block; margin-top: 4px; font-size: 13px; color: var(--ink-2) }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 12px 24px }
.facts dd { font-variant-numeric: tabular-nums }
.facts + .chart { margin-top: 24px }
.timings { display: grid; gap: 6px; font-size: 14px }
.timings li { display: grid; grid-template-columns: minmax(0, 220px) minmax(0, 1fr) 90px; gap: 14px; align-items: center }
.timings .track { height: 8px; border-radius: 4px; background: var(--sunken); overflow: hidden }
.timings .fill { display: block; height: 100%; background: var(--clay); opacity: 0.75 }
.timings .value { text-align: right; font-variant-numeric: tabular-nums; color: var(--ink-2) }
@media (max-width: 560px) {
  .timings li { grid-template-columns: minmax(0, 1fr) auto } .timings .track { grid-column: 1 / -1; grid-row: 2 }
  .left-out li { grid-template-columns: 72px minmax(0, 1fr) }
  .photos, .depths { grid-template-columns: repeat(2, minmax(0, 1fr)) }
}
@media print {
  :root {${LIGHT} --ground: #ffffff }
  main { max-width: none; padding: 0; gap: 8px; display: block }
  section, .verdict { border: 0; border-radius: 0; padding: 12px 0 }
  .verdict { padding-left: 20px }
  li, figure, .facts div { break-inside: avoid } h2, h3 { break-after: avoid }
  .warnings, .advice { padding: 12px }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact }
}
`;
