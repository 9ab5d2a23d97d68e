"use strict";
// Draws every plot of the page from the data beside it. Nothing else needs a script.
(() => {
  const { axes, plots } = JSON.parse(document.getElementById("data").textContent);
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const clock = (s) => {
    const whole = Math.round(s), two = (n) => String(n).padStart(2, "0");
    const [h, m, r] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? h + ":" + two(m) + ":" + two(r) : m + ":" + two(r);
  };
  // Where a day or more passes from tick to tick, days are counted.
  const clocks = (ticks) => {
    const isDays = ticks.length > 1 && ticks[1] - ticks[0] >= 86400;
    return ticks.map((s) => isDays ? Math.round(s / 86400) + " d" : clock(s));
  };
  const figure = (value) => {
    if (value == null) return "–";
    const digits = value === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)));
    return value.toFixed(Math.min(Math.max(digits, 0), 6));
  };
  const written = (value, unit) => {
    if (value == null) return "–";
    if (unit === "ms") return value >= 1000 ? figure(value / 1000) + " s" : figure(value) + " ms";
    if (unit === "share") return figure(value * 100) + " %";
    return figure(value) + unit;
  };
  const tick = (value, unit) => {
    if (value == null) return "";
    if (unit === "ms") return value >= 1000 ? +(value / 1000).toPrecision(3) + " s" : +value.toPrecision(3) + " ms";
    if (unit === "share") return +(value * 100).toPrecision(3) + " %";
    return +value.toPrecision(3) + unit;
  };

  // What goes wrong is shaded, from its beginning to its end.
  const shade = (bands) => (u) => {
    const { ctx } = u, { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.fillStyle = color("--fault");
    for (const [from, to] of bands) {
      const begin = Math.max(u.valToPos(from, "x", true), left);
      const end = Math.min(u.valToPos(to, "x", true), left + width);
      if (end >= begin) ctx.fillRect(begin, top, Math.max(end - begin, 2), height);
    }
    ctx.restore();
  };
  const rule = (limit) => (u) => {
    const y = u.valToPos(limit, "y", true), { ctx } = u, { left, top, width, height } = u.bbox;
    if (!(y >= top && y <= top + height)) return;
    ctx.save();
    ctx.strokeStyle = color("--bad");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.restore();
  };

  const options = (plot, width) => {
    const time = axes[plot.axis];
    const known = plot.series.flatMap((one) => one.values).filter((v) => v > 0);
    const high = Math.max(...known, plot.limit ?? 0), low = Math.min(...known);
    const isWide = plot.unit === "ms" && high > 40 * low;
    const axis = { stroke: color("--soft"), grid: { stroke: color("--grid"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    return {
      width, height: 190, padding: [8, 26, 0, 0],
      cursor: { sync: { key: "time" }, points: { size: 5 }, drag: { x: true, y: false } },
      scales: { x: { time: false, range: [time.times[0], time.end] }, y: isWide ? { distr: 3 } : { range: (_, __, max) => [0, Math.max(max, plot.limit ?? 0) * 1.08 || 1] } },
      axes: [
        { ...axis, space: 60, size: 28, incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 604800, 1209600, 2419200, 7257600], values: (_, ticks) => clocks(ticks) },
        { ...axis, size: 62, space: 28, values: (_, ticks) => ticks.map((v) => tick(v, plot.unit)) },
      ],
      series: [
        { label: "at", value: (_, v, __, at) => (at == null ? "–" : clock(time.times[at >> 1])) },
        ...plot.series.map((one) => ({
          label: one.name, stroke: color("--s" + one.color), width: one.dashed ? 1.4 : 1.8, dash: one.dashed ? [5, 4] : undefined,
          points: { show: false }, value: (_, v) => written(v, plot.unit),
        })),
      ],
      hooks: { drawClear: [shade(time.bands)], draw: plot.limit == null ? [] : [rule(plot.limit)] },
    };
  };

  const drawn = new Map();
  const draw = (plot) => {
    const place = document.getElementById(plot.id);
    drawn.get(plot)?.destroy();
    place.replaceChildren();
    // A value holds for its whole bin, also where the next has none: two points each.
    const { times: begins, end } = axes[plot.axis], ends = [...begins.slice(1), end];
    const times = begins.flatMap((from, at) => [from, from + (ends[at] - from) * 0.999999]);
    const data = [times, ...plot.series.map((one) => one.values.flatMap((value) => [value, value]))];
    drawn.set(plot, new uPlot(options(plot, place.clientWidth), data, place));
  };
  const all = () => plots.forEach(draw);
  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const [plot, chart] = [...drawn].find(([plot]) => plot.id === target.id) ?? [];
      if (plot && contentRect.width > 0 && chart.width !== Math.floor(contentRect.width)) {
        chart.setSize({ width: Math.floor(contentRect.width), height: 190 });
      }
    }
  });
  plots.forEach((plot) => resized.observe(document.getElementById(plot.id)));
})();
