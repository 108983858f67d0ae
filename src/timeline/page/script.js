// The page of a timeline: draws the visible part and steps through the events. No library, no network.
// All times are nanoseconds.
'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);
const [RUNNING, READY, WAITING, BLOCKED, WAKE, CANCEL, HAND, NOTE] = [0, 1, 2, 3, 4, 5, 6, 7];
const STATES = ['running', 'ready', 'waiting', 'blocked on write'];
// PAD keeps the first and the last event away from the edge.
const ROW = 28, BAR = 18, AXIS = 30, PAD = 8;

// -- The data -----------------------------------------------------------------------------------

const lanes = data.lanes.map(([name, kind, parent, begin, end], index) =>
  ({ name, kind, parent, begin, end, index, states: [], notes: [], cancels: [] }));
const events = data.events.map(([at, lane, code, a, b], number) => ({ at, lane, code, a, b, number }));
// Which arrow is the reason that a lane resumes: the last one since it stopped, or one at the same time.
const pending = new Array(lanes.length).fill(null);
for (const event of events) {
  const lane = lanes[event.lane];
  if (event.code <= BLOCKED) {
    if (event.code >= WAITING) pending[event.lane] = null;
    else { event.why = pending[event.lane]; pending[event.lane] = null; }
    lane.states.push(event);
  } else if (event.code === NOTE) {
    lane.notes.push(event);
  } else {
    const to = event.a === null ? event.lane : event.a;
    const now = lanes[to].states.at(-1);
    if (event.code === CANCEL) lanes[to].cancels.push(event);
    if (now && now.code === READY && now.at === event.at && !now.why) now.why = event;
    else if (event.code !== HAND) pending[to] = event;
  }
}
const arrows = events.filter(event => event.code >= WAKE && event.code <= HAND && event.a !== null);

function duration(time) {
  const [unit, name] = [[1e9, 's'], [1e6, 'ms'], [1e3, '\u00b5s'], [1, 'ns']].find(([unit]) => time >= unit) || [1, 's'];
  const value = time / unit;
  return (Number.isInteger(value) ? value : value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)) + ' ' + name;
}
const clockTime = time => (time / 1e6).toFixed(3) + ' ms';
const nameOf = index => {
  const { name, kind } = lanes[index];
  return name.toLowerCase().includes(kind) ? name : `${kind} ${name}`;
};
const text = number => data.texts[number];

function sentence(event) {
  const me = nameOf(event.lane), long = event.code <= BLOCKED ? event.a - event.at : 0;
  const forLong = long > 0 ? `, for ${duration(long)}` : '';
  let why = '';
  if (event.why) {
    const verb = event.why.code === CANCEL ? 'cancelled' : 'woken';
    why = event.why.a === null ? `: ${verb} from outside` : `: ${verb} by ${nameOf(event.why.lane)}`;
  }
  const first = lanes[event.lane].states[0] === event && event.at === lanes[event.lane].begin;
  switch (event.code) {
    case RUNNING: return `${me} runs${forLong}${why}.`;
    case READY: {
      const { parent } = lanes[event.lane];
      if (first) return `${me} starts${parent === null ? '' : `, created by ${nameOf(parent)}`}; it is ready${forLong}.`;
      return `${me} becomes ready${why}${long > 0 ? `; it has no core or no turn for ${duration(long)}` : ''}.`;
    }
    case WAITING: return `${me} waits${long > 0 ? ` for ${duration(long)}` : ''}: ${text(event.b)}.`;
    case BLOCKED: return `${me} is blocked on write${forLong}: the other side does not read.`;
    case WAKE: return event.a === null ? `${me} is woken from outside.` : `${me} wakes ${nameOf(event.a)}.`;
    case CANCEL: return event.a === null ? `${me} is cancelled from outside.` : `${me} cancels ${nameOf(event.a)}.`;
    case HAND: return `${me} queues an item; ${nameOf(event.a)} takes it ${duration(event.b - event.at)} later.`;
    default: return `${me}: ${text(event.a)}`;
  }
}

// -- Drawing ------------------------------------------------------------------------------------

const [whole0, whole1] = [data.window[0], Math.max(data.window[1], data.window[0] + 1)];
let [t0, t1] = [whole0, whole1];
let rows = [], rowOf = new Map(), selected = null, colours = {}, printing = false;
const scroller = $('scroller'), canvas = $('canvas'), context = canvas.getContext('2d');
let width = 0, height = 0, label = 0;

function chooseLanes() {
  const part = $('filter').value.trim().toLowerCase();
  const shown = lanes.filter(lane => lane.name.toLowerCase().includes(part) && lane.end >= whole0 && lane.begin <= whole1);
  rowOf = new Map(shown.map((lane, row) => [lane.index, row]));
  const depths = new Map();
  rows = shown.map(lane => {
    let up = lane.parent;
    while (up !== null && !depths.has(up)) up = lanes[up].parent;
    const depth = up === null ? 0 : depths.get(up) + 1;
    depths.set(lane.index, depth);
    return { lane, depth };
  });
  $('no-lane').hidden = rows.length > 0;
  fillTable();
  resize();
}

function resize() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['page', 'text', 'quiet', 'line', 'panel', 'mark', 'running', 'on-running', 'ready', 'waiting',
    'wait-line', 'blocked', 'on-blocked', 'wake', 'cancel', 'hand', 'focus']) {
    colours[name] = style.getPropertyValue('--' + name).trim();
  }
  const total = AXIS + rows.length * ROW + 6;
  $('spacer').style.height = printing ? '' : total + 'px';
  width = printing ? 1000 : scroller.clientWidth;
  height = printing ? Math.min(total, 8000) : Math.min(total, Math.max(160, Math.floor(innerHeight * (innerWidth < 640 ? .6 : .7))));
  label = Math.round(Math.min(220, Math.max(84, width * .22)));
  const ratio = printing ? 2 : devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  hatch.clear();
  redraw();
}

const plot = () => width - label - 2 * PAD;
const x = time => label + PAD + (time - t0) / (t1 - t0) * plot();
const timeAt = px => t0 + (px - label - PAD) / plot() * (t1 - t0);
const top = row => AXIS + row * ROW - (printing ? 0 : scroller.scrollTop);

let wanted = false;
function redraw() {
  if (printing) return draw();
  if (wanted) return;
  wanted = true;
  requestAnimationFrame(() => { wanted = false; draw(); });
}

const hatch = new Map();
function pattern(colour, upright) {
  if (!hatch.has(colour)) {
    const tile = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
    const pen = tile.getContext('2d');
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = colours.page;
    pen.lineWidth = 1.6;
    pen.beginPath();
    if (upright) { pen.moveTo(7, 0); pen.lineTo(7, 8); }
    else for (const shift of [-8, 0, 8]) { pen.moveTo(shift, 8); pen.lineTo(shift + 8, 0); }
    pen.stroke();
    hatch.set(colour, context.createPattern(tile, 'repeat'));
  }
  return hatch.get(colour);
}

function draw() {
  const c = context, font = '13px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';
  c.fillStyle = colours.page;
  c.fillRect(0, 0, width, height);
  c.font = font;
  c.textBaseline = 'middle';
  const first = Math.max(0, Math.floor((AXIS - top(0)) / ROW));
  const last = Math.min(rows.length, first + Math.ceil(height / ROW) + 1);
  for (let row = first; row < last; row++) drawRow(c, row);
  c.save();
  c.beginPath();
  c.rect(label, AXIS, width - label, height - AXIS);
  c.clip();
  drawArrows(c);
  if (selected) drawSelected(c);
  c.restore();
  drawAxis(c);
}

function drawRow(c, row) {
  const { lane, depth } = rows[row], y = top(row), isSelected = selected && selected.lane === lane.index;
  if (isSelected || row % 2) {
    c.fillStyle = isSelected ? colours.mark : colours.panel;
    c.fillRect(0, y, width, ROW);
  }
  c.fillStyle = colours.text;
  c.fillText(fitted(c, lane.name, label - 14 - depth * 10), 8 + depth * 10, y + ROW / 2);
  c.save();
  c.beginPath();
  c.rect(label, y, width - label, ROW);
  c.clip();
  const { states } = lane, begin = firstVisible(states);
  for (const code of [WAITING, READY, RUNNING, BLOCKED]) {
    let before = -9;
    for (let i = begin; i < states.length && states[i].at <= t1; i++) {
      const state = states[i];
      if (state.code !== code) continue;
      const from = Math.max(x(state.at), label - 20);
      const wide = Math.max(Math.min(x(state.a), width + 20) - from, code === WAITING ? 0 : 2);
      // Skip a state that is narrower than a dot, where one is drawn already.
      if (wide <= 2 && from - before < .7) continue;
      before = from;
      drawState(c, state, from, y + (ROW - BAR) / 2, wide);
    }
  }
  c.fillStyle = colours.text;
  for (const note of lane.notes) {
    if (note.at < t0 || note.at > t1) continue;
    const px = x(note.at), py = y + 5;
    c.beginPath();
    c.moveTo(px, py - 4); c.lineTo(px + 4, py); c.lineTo(px, py + 4); c.lineTo(px - 4, py);
    c.fill();
  }
  for (const { at } of lane.cancels) {
    if (at < t0 || at > t1) continue;
    const px = x(at), py = y + ROW / 2;
    c.beginPath();
    c.moveTo(px - 6, py - 6); c.lineTo(px + 6, py + 6); c.moveTo(px - 6, py + 6); c.lineTo(px + 6, py - 6);
    c.strokeStyle = colours.page;
    c.lineWidth = 5;
    c.stroke();
    c.strokeStyle = colours.cancel;
    c.lineWidth = 2.5;
    c.stroke();
  }
  c.restore();
}

function drawState(c, state, from, y, wide) {
  const { code } = state;
  if (code === WAITING) {
    c.fillStyle = colours.waiting;
    c.fillRect(from, y, wide, BAR);
    c.fillStyle = colours['wait-line'];
    c.fillRect(from, y + BAR - 2, wide, 2);
  } else {
    c.fillStyle = code === RUNNING ? colours.running
      : wide < 6 ? colours[code === READY ? 'ready' : 'blocked']
      : pattern(colours[code === READY ? 'ready' : 'blocked'], code === BLOCKED);
    c.fillRect(from, y, wide, BAR);
  }
  if (wide > 40 && code !== READY) {
    const words = code === WAITING ? text(state.b) : STATES[code];
    const left = Math.max(from, label) + 5, room = from + wide - left - 5;
    if (c.measureText(words).width <= room) {
      if (code === BLOCKED) { c.fillStyle = colours.blocked; c.fillRect(left - 3, y, c.measureText(words).width + 6, BAR); }
      c.fillStyle = code === WAITING ? colours.text : colours[code === RUNNING ? 'on-running' : 'on-blocked'];
      c.fillText(words, left, y + BAR / 2);
    }
  }
}

function firstVisible(states) {
  let [low, high] = [0, states.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (states[middle].a < t0) low = middle + 1; else high = middle;
  }
  return low;
}

function fitted(c, words, room) {
  if (c.measureText(words).width <= room) return words;
  let kept = Array.from(words);
  while (kept.length && c.measureText(kept.join('') + '\u2026').width > room) kept.pop();
  return kept.join('') + '\u2026';
}

function drawArrows(c) {
  if (selected && selected.code >= WAKE && selected.code <= HAND) drawArrow(c, selected, 3.5);
  if (selected && selected.why) drawArrow(c, selected.why, 3.5);
  if (!$('arrows').checked) return;
  const seen = arrows.filter(arrow => arrow.b >= t0 && arrow.at <= t1);
  // More would hide everything else; zoom in to see them.
  if (seen.length > 1500) return;
  // A cancelled lane is also woken, by the same lane at the same time: the cancellation is on top.
  for (const kind of [HAND, WAKE, CANCEL]) {
    for (const arrow of seen) if (arrow.code === kind) drawArrow(c, arrow, 1.4);
  }
}

function drawArrow(c, arrow, thick) {
  const [from, to] = [rowOf.get(arrow.lane), rowOf.get(arrow.a)];
  if (from === undefined || to === undefined) return;
  const [x0, x1] = [x(arrow.at), x(arrow.b)], [y0, y1] = [top(from) + ROW / 2, top(to) + ROW / 2];
  if (Math.max(y0, y1) < 0 || Math.min(y0, y1) > height) return;
  const colour = colours[['wake', 'cancel', 'hand'][arrow.code - WAKE]];
  const bend = Math.min(26, 8 + Math.abs(y1 - y0) / 8), down = y1 >= y0 ? 1 : -1;
  const end = y1 - down * (from === to ? -BAR / 2 : BAR / 2);
  c.beginPath();
  c.moveTo(x0, y0);
  if (x1 - x0 < 12) c.bezierCurveTo(x0 + bend, y0, x1 + bend, end - down * 12, x1, end);
  else c.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, end, x1, end);
  // With an edge in the colour of the page, to be visible on top of a running state.
  c.strokeStyle = colours.page;
  c.lineWidth = thick + 2.5;
  c.stroke();
  c.strokeStyle = c.fillStyle = colour;
  c.lineWidth = thick;
  c.setLineDash(arrow.code === CANCEL ? [6, 4] : arrow.code === HAND ? [2, 3] : []);
  c.stroke();
  c.setLineDash([]);
  const size = 4 + thick;
  c.beginPath();
  if (x1 - x0 < 12) { c.moveTo(x1, end); c.lineTo(x1 + size * .9, end - down * size); c.lineTo(x1 - size * .2, end - down * size * 1.25); }
  else { c.moveTo(x1, end); c.lineTo(x1 - size * 1.2, end - size * .6); c.lineTo(x1 - size * 1.2, end + size * .6); }
  c.fill();
}

function drawSelected(c) {
  const px = x(selected.at), row = rowOf.get(selected.lane);
  c.strokeStyle = colours.focus;
  c.lineWidth = 1.5;
  c.setLineDash([5, 4]);
  c.beginPath(); c.moveTo(px, AXIS); c.lineTo(px, height); c.stroke();
  c.setLineDash([]);
  if (row === undefined || selected.code > BLOCKED) return;
  c.lineWidth = 2.5;
  const from = Math.max(px, label - 9), wide = Math.max(Math.min(x(selected.a), width + 9) - from, 3);
  c.strokeRect(from - 1, top(row) + (ROW - BAR) / 2 - 2, wide + 2, BAR + 4);
}

function drawAxis(c) {
  c.fillStyle = colours.page;
  c.fillRect(0, 0, width, AXIS);
  const most = Math.max(2, (width - label) / 84), span = t1 - t0;
  let step = 1;
  find: for (let decade = 1; ; decade *= 10) for (const round of [1, 2, 5]) {
    step = round * decade;
    if (span / step < most) break find;
  }
  const [unit, name] = [[1e9, 's'], [1e6, 'ms'], [1e3, '\u00b5s'], [1, 'ns']].find(([unit]) => t1 >= unit && step * 100 >= unit) || [1, 'ns'];
  const decimals = Math.max(0, Math.ceil(Math.log10(unit / step) - 1e-9));
  c.strokeStyle = colours.line;
  c.lineWidth = 1;
  c.fillStyle = colours.quiet;
  for (let at = Math.ceil(t0 / step) * step; at <= t1; at += step) {
    const px = Math.round(x(at)) + .5, words = (at / unit).toFixed(decimals) + ' ' + name;
    c.beginPath(); c.moveTo(px, AXIS - 7); c.lineTo(px, AXIS); c.stroke();
    if (px + c.measureText(words).width < width) c.fillText(words, px + 3, AXIS / 2 - 2);
  }
  c.beginPath(); c.moveTo(0, AXIS - .5); c.lineTo(width, AXIS - .5);
  c.moveTo(label - .5, 0); c.lineTo(label - .5, height); c.stroke();
}

// -- Navigation ---------------------------------------------------------------------------------

function show(from, until) {
  const span = Math.min(Math.max(until - from, 10), whole1 - whole0);
  t0 = Math.min(Math.max(from, whole0), whole1 - span);
  t1 = t0 + span;
  redraw();
}
const zoom = (factor, px) => {
  const at = timeAt(px === undefined ? (label + width) / 2 : px);
  show(at - (at - t0) * factor, at + (t1 - at) * factor);
};
const move = part => show(t0 + (t1 - t0) * part, t1 + (t1 - t0) * part);

function select(event) {
  selected = event;
  const out = $('sentence');
  out.replaceChildren();
  out.classList.toggle('empty', !event);
  if (event) {
    const small = document.createElement('small');
    small.textContent = `${event.number + 1} of ${events.length}, at ${clockTime(event.at)}`;
    out.append(small, sentence(event));
    const span = t1 - t0;
    if (event.at < t0 || event.at > t1) show(event.at - span / 3, event.at + span * 2 / 3);
    const row = rowOf.get(event.lane);
    if (row !== undefined && (top(row) < AXIS || top(row) + ROW > height)) {
      scroller.scrollTop = row * ROW - (height - AXIS) / 2;
    }
  } else {
    out.textContent = 'Step through the events with the right and the left arrow key, or click on one.';
  }
  redraw();
}

/** The next event in that direction on a lane that is shown. */
function step(by) {
  const shown = event => rowOf.has(event.lane) || rowOf.has(event.a);
  let number = selected ? selected.number + by : by > 0 ? events.findIndex(event => event.at >= t0) : events.length - 1;
  while (events[number] && !shown(events[number])) number += by;
  if (events[number]) select(events[number]);
}

/** The event at a point: a note, or the narrowest state there. */
function eventAt(px, py) {
  if (px < label || py < AXIS) return null;
  const row = rows[Math.floor((py - top(0)) / ROW)];
  if (!row) return null;
  const near = 5 / plot() * (t1 - t0), at = timeAt(px);
  const note = py - top(rowOf.get(row.lane.index)) < 11 && row.lane.notes.find(note => Math.abs(note.at - at) < near);
  if (note) return note;
  let best = null;
  const { states } = row.lane, from = firstVisible(states);
  for (let i = from; i < states.length && states[i].at <= at + near; i++) {
    const state = states[i], slack = state.a - state.at < near ? near / 2 : 0;
    if (state.a + slack >= at && state.at - slack <= at && (!best || state.a - state.at < best.a - best.at)) best = state;
  }
  return best;
}

function showTip(pointer) {
  const box = canvas.getBoundingClientRect(), px = pointer.clientX - box.left, py = pointer.clientY - box.top;
  const event = eventAt(px, py), tip = $('tip');
  const named = px < label && rows[Math.floor((py - top(0)) / ROW)];
  tip.hidden = !event && !(named && py > AXIS);
  if (tip.hidden) return;
  tip.textContent = event ? `${clockTime(event.at)}\n${sentence(event)}`
    : nameOf(named.lane.index) + (named.lane.parent === null ? '' : `\ncreated by ${nameOf(named.lane.parent)}`);
  const { offsetWidth: w, offsetHeight: h } = tip;
  tip.style.left = Math.max(4, Math.min(pointer.clientX + 14, innerWidth - w - 8)) + 'px';
  tip.style.top = (pointer.clientY + 20 + h > innerHeight ? pointer.clientY - h - 12 : pointer.clientY + 20) + 'px';
}

const pointers = new Map();
let travelled = 0;
canvas.addEventListener('pointerdown', event => {
  pointers.set(event.pointerId, event);
  canvas.setPointerCapture(event.pointerId);
  travelled = 0;
});
canvas.addEventListener('pointermove', event => {
  const before = pointers.get(event.pointerId);
  if (!before) return showTip(event);
  const others = [...pointers.values()].filter(one => one.pointerId !== event.pointerId);
  const moved = event.clientX - before.clientX, left = canvas.getBoundingClientRect().left;
  travelled += Math.abs(moved);
  if (others.length) {
    const apart = one => Math.max(20, Math.abs(one.clientX - others[0].clientX));
    zoom(apart(before) / apart(event), (event.clientX + others[0].clientX) / 2 - left);
  } else if (travelled > 3) {
    move(-moved / plot());
  }
  pointers.set(event.pointerId, event);
});
const release = event => {
  const was = pointers.delete(event.pointerId);
  if (was && event.type === 'pointerup' && travelled <= 3) {
    const box = canvas.getBoundingClientRect();
    const hit = eventAt(event.clientX - box.left, event.clientY - box.top);
    if (hit) select(hit);
  }
};
for (const type of ['pointerup', 'pointercancel']) canvas.addEventListener(type, release);
canvas.addEventListener('pointerleave', () => { $('tip').hidden = true; });
scroller.addEventListener('wheel', event => {
  const scrolls = scroller.scrollHeight > scroller.clientHeight + 2 && !event.ctrlKey;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    move((event.deltaX || event.deltaY) / 800);
  } else if (!scrolls) {
    event.preventDefault();
    zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 250), event.clientX - canvas.getBoundingClientRect().left);
  }
}, { passive: false });
scroller.addEventListener('scroll', redraw);

document.addEventListener('keydown', event => {
  if (event.target === $('filter')) {
    if (event.key === 'Escape' || event.key === 'Enter') scroller.focus();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = {
    ArrowRight: () => event.shiftKey ? move(.2) : step(1), ArrowLeft: () => event.shiftKey ? move(-.2) : step(-1),
    Home: () => { selected = null; show(whole0, whole0 + t1 - t0); step(1); }, End: () => { selected = null; step(-1); },
    '+': () => zoom(.6, selected ? x(selected.at) : undefined), '=': () => zoom(.6), '-': () => zoom(1 / .6, selected ? x(selected.at) : undefined),
    0: () => show(whole0, whole1), '/': () => $('filter').focus(), Escape: () => select(null),
  };
  if (Object.hasOwn(keys, event.key)) { event.preventDefault(); keys[event.key](); }
});
$('next').onclick = () => step(1);
$('previous').onclick = () => step(-1);
$('in').onclick = () => zoom(.6, selected ? x(selected.at) : undefined);
$('out').onclick = () => zoom(1 / .6, selected ? x(selected.at) : undefined);
$('all').onclick = () => show(whole0, whole1);
$('filter').oninput = chooseLanes;
$('arrows').onchange = redraw;
addEventListener('resize', resize);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', resize);
addEventListener('beforeprint', () => { printing = true; resize(); });
addEventListener('afterprint', () => { printing = false; resize(); });

// -- The table ----------------------------------------------------------------------------------

function fillTable() {
  const body = $('table').tBodies[0], most = 500;
  const percent = (part, all) => !part || !all ? '\u2013' : part / all < .001 ? '<0.1 %' : (100 * part / all).toFixed(1) + ' %';
  const lines = rows.slice(0, most).map(({ lane, depth }) => {
    const sums = [0, 0, 0, 0], what = new Map();
    for (const { code, at, a, b } of lane.states) {
      const time = Math.max(0, Math.min(a, whole1) - Math.max(at, whole0));
      sums[code] += time;
      if (code === WAITING) what.set(b, (what.get(b) || 0) + time);
    }
    const all = sums.reduce((sum, one) => sum + one, 0);
    let mostly = null;
    for (const [number, time] of what) if (mostly === null || time > what.get(mostly)) mostly = number;
    const line = document.createElement('tr');
    const cells = [lane.name, duration(all), ...sums.map(sum => percent(sum, all)), mostly === null ? '' : text(mostly)];
    for (const words of cells) line.insertCell().textContent = words;
    line.cells[0].style.paddingLeft = `${.4 + depth}rem`;
    line.cells[0].title = nameOf(lane.index);
    const bar = Object.assign(document.createElement('div'), { className: 'share-bar' });
    ['running', 'ready', 'blocked', 'waiting'].forEach((name, i) => {
      const part = sums[[RUNNING, READY, BLOCKED, WAITING][i]];
      if (!part) return;
      const piece = Object.assign(document.createElement('b'), { className: name });
      piece.style.flex = `${part / all} 0 0`;
      bar.append(piece);
    });
    line.insertCell().append(bar);
    return line;
  });
  if (rows.length > most) {
    const line = document.createElement('tr');
    const cell = line.insertCell();
    cell.colSpan = 8;
    cell.textContent = `and ${rows.length - most} more: choose lanes by name`;
    lines.push(line);
  }
  body.replaceChildren(...lines);
}

const about = $('about');
about.append(`${data.model === null ? '' : `model ${data.model}, `}${duration(data.wall)} of ${data.virtual ? 'virtual' : 'real'} time, ` +
  `${lanes.length} lanes, ${events.length} events`);
if (data.command) {
  const command = document.createElement('code');
  command.textContent = data.command;
  about.append(document.createElement('br'), command);
}
const warnings = [];
if (data.dropped) warnings.push(`The recording was full and ends here: ${data.dropped} later marks were dropped.`);
if (data.leftOut) warnings.push(`The last ${data.leftOut} events are left out of this page: select a part with --from and --to.`);
$('warning').textContent = warnings.join(' ');
$('warning').hidden = !warnings.length;
chooseLanes();
})();
