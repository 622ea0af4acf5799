#include "fovea/report/script.h"

namespace fovea::report {

// Values are read back from the paths through the scales in the data attributes, so the page holds every number once. Only textContent is written.
std::string_view page_script() {
  return R"js(
'use strict';
const make = (tag, name, parent) => { const e = document.createElement(tag); e.className = name; parent.append(e); return e; };
const numbers = (svg, name) => svg.dataset[name].split(' ').map(Number);
for (const svg of document.querySelectorAll('svg.chart')) {
  const [left, top, right, bottom] = numbers(svg, 'box'), [x0, x1] = numbers(svg, 'x'), [y0, y1] = numbers(svg, 'y');
  const isLog = svg.dataset.log === '1', isPercent = svg.dataset.percent === '1', steps = Number(svg.dataset.steps);
  const toY = p => { const u = (bottom - p) / (bottom - top); return isLog ? y0 * Math.pow(y1 / y0, u) : y0 + u * (y1 - y0); };
  const show = v => isPercent ? (v * 100).toFixed(2) + ' %' : Number(v.toPrecision(4)).toString();
  const lines = [...svg.querySelectorAll('path.line:not(.thin)')].map(path => ({
    name: path.dataset.name, colour: [...path.classList].find(c => /^c\d$/.test(c)),
    points: (path.getAttribute('d').match(/[-\d.]+ [-\d.]+/g) || []).map(s => s.split(' ').map(Number)) }));
  const figure = svg.parentNode, tip = make('div', 'tip', figure), cursor = document.createElementNS(svg.namespaceURI, 'path');
  cursor.setAttribute('class', 'cursor'); svg.append(cursor); tip.hidden = true;
  const hide = () => { tip.hidden = true; cursor.removeAttribute('d'); };
  svg.addEventListener('pointerleave', hide);
  svg.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect(), unit = box.width / svg.viewBox.baseVal.width;
    const px = (event.clientX - box.left) / unit;
    if (px < left - 4 || px > right + 4) return hide();
    const nearest = points => points.reduce((best, p) => Math.abs(p[0] - px) < Math.abs(best[0] - px) ? p : best, points[0]);
    const found = lines.filter(l => l.points.length).map(l => ({ line: l, point: nearest(l.points) }));
    if (!found.length) return hide();
    const at = nearest(found.map(f => f.point))[0];
    cursor.setAttribute('d', `M${at} ${top}V${bottom}`);
    const x = x0 + (at - left) / (right - left) * (x1 - x0);
    tip.textContent = '';
    const head = make('div', '', tip), step = Math.round(x * steps).toLocaleString('en');
    const name = svg.dataset.name;
    head.textContent = svg.dataset.xPercent === '1' ? `${name} ${(x * 100).toFixed(0)} %` : name === 'step' ? `step ${step}` : name === 'epoch' ? `epoch ${x.toFixed(2)}` + (steps > 0 ? ` · step ${step}` : '') : `${x.toFixed(1)} ${name}`;
    for (const { line, point } of found) {
      if (Math.abs(point[0] - at) > Math.max(12, (right - left) / line.points.length)) continue;  // a curve that ended earlier
      const row = make('div', '', tip); make('i', 'dot ' + line.colour, row); row.append(line.name + ' '); make('b', '', row).textContent = show(toY(point[1]));
    }
    tip.hidden = false;
    const frame = figure.getBoundingClientRect(), place = box.left - frame.left + at * unit;
    tip.style.left = (at > (left + right) / 2 ? place - tip.offsetWidth - 12 : place + 12) + 'px';
    tip.style.top = box.top - frame.top + top * unit + 'px';
  });
}
for (const key of document.querySelectorAll('.legend.all span')) {  // a run that is pointed at stands out in every chart
  const fade = on => { for (const line of document.querySelectorAll('.measured path.line')) line.parentNode.classList.toggle('faded', on && line.dataset.name !== key.dataset.name); };
  for (const event of ['pointerenter', 'focus']) key.addEventListener(event, () => fade(true));
  for (const event of ['pointerleave', 'blur']) key.addEventListener(event, () => fade(false));
}
for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const value = (row, i) => { const cell = row.cells[i], text = cell.dataset.v ?? cell.textContent.replace(/[,%]/g, '').trim(), n = Number(text); return text !== '' && !isNaN(n) ? n : text; };
  heads.forEach((head, i) => {
    const sort = () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      heads.forEach(h => h.removeAttribute('aria-sort')); head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...body.rows].sort((a, b) => { const p = value(a, i), q = value(b, i); return typeof p === 'number' && typeof q === 'number' ? p - q : String(p).localeCompare(String(q)); });
      body.append(...(down ? rows.reverse() : rows));
    };
    head.tabIndex = 0; head.addEventListener('click', sort); head.addEventListener('keydown', e => { if (e.key === 'Enter') sort(); });
  });
}
for (const input of document.querySelectorAll('input.filter')) {
  input.addEventListener('input', () => {
    const wanted = input.value.toLowerCase();
    for (const row of input.parentNode.querySelector('tbody').rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
)js";
}

}  // namespace fovea::report
