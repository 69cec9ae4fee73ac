'use strict';
// What is served below HTTP: TCP and UDP services on the card of their service, or on one of their own. Loaded before app.js, whose
// words it uses when something has come.
const streams = new Map(), ends = new Map();                            // TCP and UDP services, their servers: {now, rate, refused, bytes, past}

const wordsOfStream = r => [r.name, ...r.entrances.flatMap(e => [e.entryPoint, e.address, ...e.sni]), ...r.servers.map(x => x.address)];

// ---------------------------------------------------------------- figures
function takeFlow(map, name, now, seconds) {      // [connections, refused or failed, bytes in, bytes out, …]
  const t = map.get(name) || { rate: 0, refused: 0, bytes: 0, past: [] };
  if (t.now && seconds > 0) {
    const more = i => Math.max(0, now[i] - t.now[i]) / seconds;
    t.rate = more(0);
    t.refused = more(1);
    t.bytes = more(2) + more(3);
  }
  t.now = now;
  t.at = seen;
  map.set(name, t);
}
function settleFlow(map) {
  for (const t of map.values()) {
    if (t.at !== seen) t.rate = t.refused = t.bytes = 0;
    t.past.push(t.bytes);
    if (t.past.length > HISTORY) t.past.shift();
  }
}
function takeFlows(m, seconds) {
  for (const [k, v] of Object.entries(m.streams || {})) takeFlow(streams, k, v, seconds);
  for (const [k, v] of Object.entries(m.ends || {})) takeFlow(ends, k, v, seconds);
  settleFlow(streams);
  settleFlow(ends);
}

// ---------------------------------------------------------------- on a card
function addStreams(s, refs) {
  for (const r of s.streams) {
    const row = el('div', 'stream'), what = el('span', 'rule'), n = el('span', 'numbers'), box = svg('svg', { class: 'spark', viewBox: '0 0 84 20', preserveAspectRatio: 'none' });
    what.append(r.protocol.toUpperCase() + ' ' + (r.entrances.map(e => e.address + (e.sni.length ? ' ' + e.sni.join(', ') : '')).join(', ') || 'nowhere'),
      el('span', '', '  →  ' + r.name + '  · ' + r.scheduler + (r.persistentSec ? ' · persistent ' + r.persistentSec + ' s' : '') + ' · ' + [...new Set(r.entrances.map(e => e.entryPoint))].join(', ')));
    const flow = { key: r.key, refused: el('span'), open: el('b'), rate: el('span'), bytes: el('span'), spark: svg('polyline', {}) };
    box.append(flow.spark);
    n.append(flow.refused, flow.rate, flow.bytes, flow.open, box);
    row.append(what, n);
    refs.card.append(row);
    refs.flows.push(flow);
  }
}
function addEnds(s, refs, list) {
  for (const r of s.streams)
    for (const x of r.servers.slice(0, 40)) {
      const row = el('div', 'server'), n = el('span', 'n');
      row.append(el('i'), el('span', '', x.address), el('span', 'who', (x.task ? (x.slot ? '.' + x.slot + ' ' : '') + x.node : '') + (x.weight === 1 ? '' : ' weight ' + x.weight)), n);
      list.append(row);
      refs.ends.set(r.key + ' ' + x.address, { row, n, task: x.task });
    }
}
function draw(spark, past) {
  if (past.length < 2) return;
  const top = Math.max(1, ...past), step = 84 / (HISTORY - 1), from = HISTORY - past.length;
  spark.setAttribute('points', past.map((v, i) => ((from + i) * step).toFixed(1) + ',' + (19 - 17 * v / top).toFixed(1)).join(' '));
}
function flows(refs) {
  for (const f of refs.flows) {
    const t = streams.get(f.key);
    if (!t) continue;
    set(f.open, t.now[4] + ' open');
    f.open.className = t.now[4] ? '' : 'none';
    set(f.rate, t.rate > 0 ? short(t.rate) + '/s new' : '');
    set(f.bytes, t.bytes > 0 ? short(t.bytes) + 'B/s' : '');
    set(f.refused, t.refused > 0 ? short(t.refused) + '/s refused' : '');
    f.refused.className = t.refused > 0 ? 'bad' : '';
    draw(f.spark, t.past);
  }
  for (const [key, x] of refs.ends) {
    const t = ends.get(key);
    if (!t) continue;
    const [connections, failed, , , active, inactive, held, leaving] = t.now;
    set(x.n, leaving ? 'leaving · ' + (active + inactive) + ' open' : active + inactive ? (active + inactive) + ' open' : '');
    x.row.className = 'server' + (held ? ' down' : leaving ? ' held' : '');
    x.row.title = (x.task ? 'task ' + x.task + ': ' : '') + connections + ' connections, ' + active + ' active, ' + inactive + ' half closed, ' + failed + ' connects failed';
  }
}
