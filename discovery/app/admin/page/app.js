'use strict';
// Everything from the swarm is hostile text: it gets into the page by textContent only.
const PAGE = 50, DOTS = 160, LINES = 160, HISTORY = 60, CHANGES = 80;
const $ = id => document.getElementById(id);
const services = new Map(), backends = new Map(), servers = new Map();   // name → last; traffic: {now, rate, errors, ms, past}
const cards = new Map(), dots = new Map();                              // service → refs of a card; task → element
let shown = PAGE, order = [], filter = 'all', query = '', lit = '', head = {}, last = null, seen = 0, overall = null, fresh = true;

function el(tag, cls, text) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
}
function svg(tag, attributes) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
}
const id12 = s => s.slice(0, 12);
function short(n) {
  if (n < 10) return n === 0 ? '0' : n < 0.05 ? '<0.1' : String(Math.round(n * 10) / 10);
  if (n < 1000) return String(Math.round(n));
  const u = n < 1e6 ? [1e3, 'k'] : n < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return (n / u[0]).toFixed(n / u[0] < 10 ? 1 : 0) + u[1];
}
const ms = s => s < 0.0095 ? (s * 1000).toFixed(1) + ' ms' : s < 1 ? Math.round(s * 1000) + ' ms' : s.toFixed(1) + ' s';

/** ok, warn, bad (it asks to be routed, and no request gets an answer) or quiet (it does not ask). */
function mood(s) {
  if (s.state === 'failing') return 'bad';
  if (s.state === 'not-exposed') return 'quiet';
  const worst = s.findings.some(f => f.level === 'error') ? 'error' : s.findings.some(f => f.level === 'warning') ? 'warning' : '';
  if (s.state === 'not-routed') return 'bad';
  return worst || s.state === 'routed-with-warnings' ? 'warn' : 'ok';
}
const STATES = { 'not-routed': 'not routed', 'not-exposed': 'not exposed', failing: 'failing' };
const RANK = { bad: 0, warn: 1, ok: 2, quiet: 3 };

// ---------------------------------------------------------------- figures
function take(map, name, now, seconds) {
  const t = map.get(name) || { rate: 0, errors: 0, ms: null, past: [] };
  if (t.now && seconds > 0) {
    const n = Math.max(0, now[0] - t.now[0]), bad = Math.max(0, now[1] - t.now[1]);
    t.rate = n / seconds;
    t.errors = bad / seconds;
    if (n > 0) t.ms = Math.max(0, now[2] - t.now[2]) / n;
  }
  t.now = now;
  t.at = seen;
  map.set(name, t);
}
function settle(map, keep) {          // who sent nothing new had no request
  for (const t of map.values()) {
    if (t.at !== seen) t.rate = t.errors = 0;
    if (keep) { t.past.push(t.rate); if (t.past.length > HISTORY) t.past.shift(); }
  }
}

// ---------------------------------------------------------------- cards
function haystack(s) {
  return [s.name, s.reason, s.network, ...s.frontends.flatMap(f => [f.name, f.rule]), ...s.backends.flatMap(b => b.servers.map(x => x.url)),
    ...s.streams.flatMap(wordsOfStream),
    ...s.tasks.flatMap(t => [t.id, t.node, t.nodeName])].join('\n').toLowerCase();
}
function arrange() {
  const count = { all: 0, bad: 0, warn: 0, ok: 0, quiet: 0 };
  order = [];
  for (const s of services.values()) {
    count.all++; count[s.mood]++;
    if ((filter === 'all' || s.mood === filter) && (!query || s.text.includes(query))) order.push(s.name);
  }
  order.sort((a, b) => RANK[services.get(a).mood] - RANK[services.get(b).mood] || (a < b ? -1 : 1));
  for (const b of $('filters').children) {
    b.querySelector('.n').textContent = count[b.dataset.filter];
    b.setAttribute('aria-pressed', b.dataset.filter === filter);
  }
}
function build(s) {
  const card = el('article', 'card ' + s.mood), top = el('div', 'top'), refs = { card, servers: new Map(), ends: new Map(), flows: [], version: s };
  card.dataset.service = s.name;
  const h = el('h3'), link = el('a', '', s.name);
  link.href = s.provider && s.streams.length ? '../api/l4?as=text&names=1&service=' + encodeURIComponent(s.provider + '/' + s.streams[0].name) : s.provider ? '../api/providers/' + encodeURIComponent(s.provider) : '../api/explain/service/' + encodeURIComponent(s.name) + '?as=text';
  h.append(link);
  const running = s.tasks.filter(t => t.state === 'running').length, wanted = Math.max(s.replicas || 0, s.tasks.length);
  const tags = [STATES[s.state] || '', wanted ? running + ' of ' + wanted + (wanted === 1 ? ' task running' : ' tasks running') : '',
    s.backends.some(b => b.sticky) ? 'sticky' : '', s.network, s.update === 'updating' ? 'updating' : ''];
  top.append(h, el('span', 'tag', tags.filter(Boolean).join(' · ')));
  if (s.backends.length) {
    const n = el('div', 'numbers');
    refs.rate = el('b'); refs.ms = el('span'); refs.errors = el('span'); refs.streams = el('span');
    refs.spark = svg('polyline', {});
    const box = svg('svg', { class: 'spark', viewBox: '0 0 84 20', preserveAspectRatio: 'none' });
    box.append(refs.spark);
    n.append(refs.errors, refs.streams, refs.ms, refs.rate, box);
    top.append(n);
  }
  card.append(top);
  for (const f of s.frontends) {
    const r = el('div', 'rule', f.rule);
    r.append(el('span', '', '  →  ' + f.backend + '  · priority ' + f.priority + ' · ' + f.entryPoints.join(', ')));
    card.append(r);
  }
  addStreams(s, refs);
  const list = el('div', 'servers');
  addEnds(s, refs, list);
  for (const b of s.backends)
    for (const x of b.servers.slice(0, 40)) {
      const row = el('div', 'server'), n = el('span', 'n');
      row.append(el('i'), el('span', '', x.url.replace(/^http:\/\//, '')),
        el('span', 'who', x.task ? (x.slot ? '.' + x.slot + ' ' : '') + x.node : ''), n);
      list.append(row);
      refs.servers.set(b.name + ' ' + x.url, { row, n, task: x.task });
    }
  if (list.childElementCount) card.append(list);
  if (s.state === 'failing' && !s.findings.some(f => f.text === s.reason)) card.append(el('div', 'finding error', s.reason));   // the findings say what to do
  const notes = s.findings.filter(f => f.level === 'note');
  for (const f of s.findings) {
    if (f.level === 'note') continue;
    const d = el('div', 'finding ' + (s.state === 'failing' && f.text === s.reason ? 'error' : f.level));
    if (f.label) d.append(el('code', '', f.label + (f.value ? '=' + f.value : '')), ': ');
    d.append(f.text);
    if (f.fix) { const fix = el('div'); fix.append(el('b', '', 'Fix: '), f.fix); d.append(fix); }
    card.append(d);
  }
  if (notes.length) {                  // good to know, nothing to mend: one line until somebody asks
    const box = el('details', 'notes');
    box.append(el('summary', '', notes.length === 1 ? notes[0].text : notes.length + ' notes'));
    for (const f of notes) box.append(el('p', '', (notes.length === 1 ? '' : f.text + ': ') + f.fix));
    card.append(box);
  }
  if (!s.findings.length && s.reason) card.append(el('div', 'finding note', s.reason));
  card.addEventListener('mouseenter', () => light(s.name));
  card.addEventListener('mouseleave', () => light(''));
  cards.set(s.name, refs);
  return refs;
}
function layOut() {                    // keeps the elements that are right, so that nothing jumps
  const box = $('cards'), wanted = order.slice(0, shown), keep = new Set(wanted);
  for (const [name, refs] of cards) if (!keep.has(name)) { refs.card.remove(); cards.delete(name); }
  let at = box.firstElementChild;
  for (const name of wanted) {
    const s = services.get(name), old = cards.get(name);
    let refs = old;
    if (!old || old.version !== s) {
      refs = build(s);
      if (old) { if (at === old.card) at = old.card.nextElementSibling; old.card.remove(); }
    }
    if (refs.card === at) at = at.nextElementSibling;
    else box.insertBefore(refs.card, at);
    numbers(name);
  }
  const rest = order.length - wanted.length;
  $('more').hidden = rest <= 0;
  $('more').textContent = 'Show ' + Math.min(PAGE, rest) + ' more of ' + rest;
  drawSoon();
}
function set(e, text) { if (e.textContent !== text) e.textContent = text; }
function numbers(name) {
  const refs = cards.get(name), s = services.get(name);
  if (!refs) return;
  flows(refs);
  if (!refs.rate) return;
  let rate = 0, errors = 0, time = 0, streams = 0, past = null;
  for (const b of s.backends) {
    const t = backends.get(b.name);
    if (!t) continue;
    rate += t.rate; errors += t.errors; streams += t.now[4];
    if (t.ms !== null) time = Math.max(time, t.ms);
    past = past ? past.map((v, i) => v + (t.past[i] || 0)) : t.past.slice();
  }
  set(refs.rate, short(rate) + '/s');
  refs.rate.className = rate > 0 ? '' : 'none';
  set(refs.ms, time ? ms(time) : '');
  set(refs.errors, errors > 0 ? short(100 * errors / Math.max(rate, errors)) + ' % errors' : '');
  refs.errors.className = errors > 0 ? 'bad' : '';
  set(refs.streams, streams ? streams + ' streams' : '');
  if (past) draw(refs.spark, past);
  for (const [key, x] of refs.servers) {
    const t = servers.get(key);
    if (!t) continue;
    set(x.n, t.rate > 0 ? short(t.rate) + '/s' : t.now[3] ? t.now[3] + ' active' : '');
    x.row.className = 'server' + (!t.now[5] ? ' down' : t.now[6] ? ' held' : '');
    x.row.title = (x.task ? 'task ' + x.task + ': ' : '') + t.now[0] + ' requests, ' + t.now[1] + ' errors, ' + t.now[3] + ' active, ' + t.now[4] + ' idle connections';
  }
}

// ---------------------------------------------------------------- swarm
let nodeText = '', troubled = [];        // nodes that are down, drained or paused
function drawNodes() {
  const nodes = new Map();
  let total = 0;
  for (const s of services.values())
    for (const t of s.tasks) {
      total++;
      const n = t.node || '(not placed yet)';
      if (!nodes.has(n)) nodes.set(n, []);
      nodes.get(n).push([s.name, t, s.state]);
    }
  const text = JSON.stringify(troubled) + JSON.stringify([...nodes].map(([n, list]) => [n, list[0][1].nodeName, list.length, list.slice(0, DOTS).map(([s, t, state]) => [s, t.id, t.state, state])]));
  if (text === nodeText) return;
  nodeText = text;
  dots.clear();
  const boxes = [];
  const called = n => nodes.get(n)[0][1].nodeName || id12(n);
  for (const n of [...nodes.keys()].sort((a, b) => called(a) < called(b) ? -1 : 1).slice(0, 40)) {
    const list = nodes.get(n), box = el('div', 'node'), h = el('h3', '', called(n)), all = el('div', 'dots');
    h.append(el('span', '', list.length + (list.length === 1 ? ' task' : ' tasks')));
    const is = troubled.find(x => x.name === called(n));
    if (is) h.firstChild.after(el('em', is.state, is.state));
    for (const [service, t, state] of list.slice(0, DOTS)) {
      const kind = t.state !== 'running' ? (/fail|reject|orphan|shutdown/.test(t.state) ? ' down' : ' wait') : state === 'not-routed' || state === 'not-exposed' ? ' idle' : '';
      const d = el('button', 'dot' + kind);
      d.title = service + (t.slot ? '.' + t.slot : '') + ' ' + id12(t.id) + ': ' + t.state;
      d.setAttribute('aria-label', d.title);
      d.dataset.service = service;
      all.append(d);
      dots.set(t.id, d);
    }
    if (list.length > DOTS) all.append(el('span', 'rest', '+' + (list.length - DOTS)));
    box.append(h, all);
    boxes.push(box);
  }
  const empty = troubled.filter(x => ![...nodes.keys()].some(n => called(n) === x.name)), count = nodes.size + empty.length;
  for (const x of empty) {
    const box = el('div', 'node'), h = el('h3', '', x.name);
    h.append(el('em', x.state, x.state), el('span', '', 'no tasks'));
    box.append(h);
    boxes.unshift(box);
  }
  if (!boxes.length) boxes.push(el('p', 'none', 'No tasks are known.'));
  $('nodes').replaceChildren(...boxes);
  set($('swarm-count'), total ? count + (count === 1 ? ' node' : ' nodes') + ', ' + services.size + ' services, ' + total + ' tasks' : '');
}
let drawing = false;
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawLines(); });
}
function drawLines() {
  const box = $('lines');
  if (!box.clientWidth) return box.replaceChildren();
  const zero = box.getBoundingClientRect(), left = $('left').getBoundingClientRect(), paths = [];
  for (const [name, refs] of cards) {
    const r = refs.card.getBoundingClientRect();
    if (r.bottom < 0 || r.top > innerHeight) continue;
    for (const x of [...refs.servers.values(), ...refs.ends.values()]) {
      const d = dots.get(x.task);
      if (!d || paths.length >= LINES) continue;
      const a = d.getBoundingClientRect(), b = x.row.getBoundingClientRect();
      if (a.top < left.top || a.bottom > Math.min(left.bottom, innerHeight)) continue;
      const edge = name === lit ? a : d.closest('.node').getBoundingClientRect();
      const x1 = edge.right - zero.left + 1, y1 = a.top + a.height / 2 - zero.top, x2 = r.left - zero.left, y2 = b.top + b.height / 2 - zero.top, m = left.right - zero.left;
      const p = svg('path', { d: `M${x1} ${y1}L${m} ${y1}C${(m + x2) / 2} ${y1} ${(m + x2) / 2} ${y2} ${x2} ${y2}` });
      if (name === lit) p.setAttribute('class', 'lit');
      paths.push(p);
    }
  }
  box.replaceChildren(...paths);
}
function light(name) {
  if (name === lit) return;
  lit = name;
  for (const d of dots.values()) d.classList.toggle('lit', d.dataset.service === name);
  for (const [n, refs] of cards) refs.card.classList.toggle('lit', n === name);
  drawSoon();
}

// ---------------------------------------------------------------- changes, head
function tell(list) {
  const box = $('changes');
  box.querySelector('.none')?.remove();
  for (const c of list.slice(-CHANGES)) {
    const li = el('li'), t = el('time', '', new Date(c.at * 1000).toLocaleTimeString());
    li.append(t, el('b', '', c.service || c.name), ' ' + c.what);
    const plain = c.what.startsWith('frontend');   // its rule came or went: the words say which
    if (c.added) li.append(el('div', plain ? 'rule' : 'plus', (plain ? '' : '+ ') + c.added));
    if (c.removed) li.append(el('div', 'minus', '− ' + c.removed));
    li.append(el('small', '', [c.reason, 'generation ' + c.generation].filter(Boolean).join(' · ')));
    box.prepend(li);
  }
  while (box.childElementCount > CHANGES) box.lastElementChild.remove();
}
function showHead(h, seconds) {
  if (overall && seconds > 0) {
    let errors = 0, busy = 0, rate = 0;
    for (const t of backends.values()) { errors += t.errors; if (t.ms !== null && t.rate > 0) { busy += t.ms * t.rate; rate += t.rate; } }
    const all = Math.max(0, h.requests - overall) / seconds;
    set($('rate'), short(all) + '/s');
    set($('errors'), errors > 0 ? short(100 * errors / Math.max(all, errors)) + ' %' : '0 %');
    $('errors').className = errors > 0 ? 'bad' : '';
    set($('latency'), rate > 0 ? ms(busy / rate) : '–');
  }
  overall = h.requests;
  set($('version'), h.version);
  set($('age'), h.ageSec < 0 ? 'none' : h.ageSec < 10 ? h.ageSec.toFixed(1) + ' s' : Math.round(h.ageSec) + ' s');
  $('age').className = h.ageSec > 30 ? 'bad' : h.ageSec > 5 ? 'warn' : '';
  set($('active'), short(h.active)); set($('clients'), short(h.connections)); set($('generation'), String(h.served));
  if (JSON.stringify(h.nodes || []) !== JSON.stringify(troubled)) { troubled = h.nodes || []; drawNodes(); }
  if (h.error) alarm('The Engine cannot be reached: ' + h.error + '. waggle keeps serving the last known-good configuration.');
  else alarm(h.general.map(g => g.text + '. Fix: ' + g.fix).join('\n'), 'warn');
}
function alarm(text, kind = 'bad') { $('alarm').hidden = !text; $('alarm').className = kind; set($('alarm'), text); }

function receive(m) {
  const now = performance.now(), seconds = last === null ? 0 : (now - last) / 1000;
  last = now; seen++;
  for (const [k, v] of Object.entries(m.backends || {})) take(backends, k, v, seconds);
  for (const [k, v] of Object.entries(m.servers || {})) take(servers, k, v, seconds);
  takeFlows(m, seconds);
  settle(backends, true); settle(servers, false);
  for (const name of m.gone || []) services.delete(name);
  for (const [name, s] of Object.entries(m.services || {})) { s.mood = mood(s); s.text = haystack(s); services.set(name, s); }
  if (m.changes) tell(m.changes);
  showHead(m.head, seconds);
  if (m.services || m.gone || fresh) { fresh = false; arrange(); layOut(); drawNodes(); drawSoon(); }
  else for (const name of cards.keys()) numbers(name);
}
function listen() {
  const source = new EventSource('../api/events');
  source.onopen = () => { services.clear(); backends.clear(); servers.clear(); streams.clear(); ends.clear(); last = null; overall = null; fresh = true; $('changes').replaceChildren(el('li', 'none', 'Nothing has changed yet.')); };
  source.onmessage = e => receive(JSON.parse(e.data));
  source.onerror = () => alarm('The connection to waggle is lost; trying again.');
}

for (const [key, name] of [['all', 'all'], ['bad', 'not routed or failing'], ['warn', 'warnings'], ['ok', 'routed'], ['quiet', 'not exposed']]) {
  const b = el('button');
  b.dataset.filter = key;
  b.append(name + ' ', el('span', 'n', '0'));
  b.onclick = () => { filter = key; shown = PAGE; arrange(); layOut(); };
  $('filters').append(b);
}
let typing = 0;
$('search').oninput = e => { clearTimeout(typing); typing = setTimeout(() => { query = e.target.value.trim().toLowerCase(); shown = PAGE; arrange(); layOut(); }, 80); };
$('more').onclick = () => { shown += PAGE; layOut(); };
$('nodes').addEventListener('mouseover', e => light(e.target.dataset.service || ''));
$('nodes').addEventListener('mouseleave', () => light(''));
$('nodes').addEventListener('click', e => {
  if (!e.target.dataset.service) return;
  $('search').value = e.target.dataset.service;
  $('search').oninput({ target: $('search') });
});
$('ask').onsubmit = async e => {
  e.preventDefault();
  const out = $('answer');
  out.hidden = false;
  try {
    out.textContent = await (await fetch('../api/explain/request?as=text&url=' + encodeURIComponent($('url').value))).text();
  } catch { out.textContent = 'no answer'; }
};
addEventListener('scroll', drawSoon, { passive: true });
addEventListener('resize', drawSoon);
$('left').addEventListener('scroll', drawSoon, { passive: true });
listen();
