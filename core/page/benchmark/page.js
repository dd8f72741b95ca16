'use strict';
// Draws the plots of the page. Each canvas with data-plot="N" shows entry N of the JSON in #plots; once drawn it has data-drawn with
// the number of values drawn, which a test reads, as it does data-errors of the body.
(() => {
  const report = (message) => {
    document.body.dataset.errors = (document.body.dataset.errors || '') + message + '\n';
  };
  window.addEventListener('error', (event) => report(event.message));
  document.addEventListener('securitypolicyviolation', (event) => report('blocked: ' + event.blockedURI));

  const plots = JSON.parse(document.getElementById('plots').textContent);
  // Okabe and Ito's colours, which colour-blind readers can tell apart; lighter on dark paper. Dashes serve paper without colour.
  const palettes = {
    light: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#a67c00', '#3a3a3a', '#56b4e9', '#7b3294'],
    dark: ['#56b4e9', '#f0894a', '#35c79b', '#e29ac4', '#e6c229', '#c8c8c8', '#8ecae6', '#b98ad0'],
  };
  const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 4], [1, 3], [10, 2, 2, 2]];
  const shapes = ['circle', 'rect', 'triangle', 'rectRot', 'star', 'cross', 'crossRot', 'rectRounded'];
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  let onPaper = false;
  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (index) => {
    const palette = dark.matches && !onPaper ? palettes.dark : palettes.light;
    return palette[index % palette.length];
  };
  const ink = () => (onPaper ? '#333333' : variable('--muted'));
  const line = () => (onPaper ? '#cccccc' : variable('--line'));

  // Error bars: dataset.low and dataset.high hold the ends, in the units of the axis of values.
  const whiskers = {
    id: 'whiskers',
    afterDatasetsDraw(chart) {
      const sideways = chart.options.indexAxis === 'y';
      const scale = sideways ? chart.scales.x : chart.scales.y;
      const context = chart.ctx;
      chart.data.datasets.forEach((dataset, index) => {
        if (!dataset.low || !chart.isDatasetVisible(index)) return;
        context.save();
        context.strokeStyle = sideways ? variable('--ink') : dataset.borderColor;
        if (onPaper) context.strokeStyle = '#000000';
        context.lineWidth = 1.2;
        chart.getDatasetMeta(index).data.forEach((element, i) => {
          const low = dataset.low[i], high = dataset.high[i];
          if (low === null || low === undefined || high === null || high === undefined) return;
          const from = scale.getPixelForValue(low), to = scale.getPixelForValue(high), cap = 2.5;
          const at = sideways ? element.y : element.x;
          const point = (along, across) => (sideways ? [along, across] : [across, along]);
          context.beginPath();
          context.moveTo(...point(from, at));
          context.lineTo(...point(to, at));
          for (const end of [from, to]) {
            context.moveTo(...point(end, at - cap));
            context.lineTo(...point(end, at + cap));
          }
          context.stroke();
        });
        context.restore();
      });
    },
  };

  const axis = (title, low, high) => ({
    type: 'linear',
    title: {display: Boolean(title), text: title, color: ink(), padding: 2},
    ticks: {color: ink(), maxTicksLimit: 6},
    grid: {color: line(), drawTicks: false, borderColor: ink()},
    ...(low === null || low === undefined ? {} : {min: low}),
    ...(high === null || high === undefined ? {} : {max: high}),
  });

  const reference = (data) => ({
    label: '', data, showLine: true, borderColor: ink(), borderWidth: 1, borderDash: [2, 3], pointRadius: 0, pointHitRadius: 0,
  });

  const common = () => ({
    animation: false,
    maintainAspectRatio: false,
    devicePixelRatio: Math.max(window.devicePixelRatio || 1, 2),
    plugins: {
      legend: {
        position: 'bottom',
        labels: {color: ink(), usePointStyle: true, boxHeight: 6, padding: 10, font: {size: 12}, filter: (item) => item.text !== ''},
      },
      tooltip: {callbacks: {}},
    },
  });

  // A long label in lines of about that many characters.
  const folded = (label, length) => label.split(' ').reduce((lines, word) => {
    const last = lines.length - 1;
    if (last >= 0 && lines[last].length + word.length < length) lines[last] += ' ' + word;
    else lines.push(word);
    return lines;
  }, []);

  function barChart(plot) {
    const options = common();
    options.indexAxis = 'y';
    const ends = plot.series.flatMap((series) => series.low.concat(series.high, series.values)).filter((end) => end !== null);
    const least = Math.min(...ends), most = Math.max(...ends);
    options.scales = {
      x: axis(plot.axis, least < 0 ? null : 0, least < 0 || most > 1 ? null : 1),
      y: {...axis('', null, null), type: 'category', grid: {display: false}},
    };
    options.scales.y.ticks = {color: ink(), autoSkip: false, font: {size: 11}};
    options.plugins.tooltip.callbacks.label = (item) => {
      const of = item.dataset, i = item.dataIndex;
      const interval = of.low[i] === null ? '' : ` (${of.low[i].toFixed(3)} to ${of.high[i].toFixed(3)})`;
      return `${of.label} ${item.parsed.x.toFixed(3)}${interval}`;
    };
    const datasets = plot.series.map((series, index) => ({
      maxBarThickness: 16, label: series.name, data: series.values, low: series.low, high: series.high, backgroundColor: colour(index) + '99',
      borderColor: colour(index), borderWidth: 1, barPercentage: 0.9, categoryPercentage: 0.8, pointStyle: 'rect',
    }));
    const plugins = [whiskers];
    if (plot.reference !== null) {
      plugins.push({
        id: 'reference',
        beforeDatasetsDraw(chart) {
          const x = chart.scales.x.getPixelForValue(plot.reference), area = chart.chartArea, context = chart.ctx;
          context.save();
          context.strokeStyle = ink();
          context.setLineDash([2, 3]);
          context.beginPath();
          context.moveTo(x, area.top);
          context.lineTo(x, area.bottom);
          context.stroke();
          context.restore();
        },
      });
    }
    return {type: 'bar', data: {labels: plot.labels.map((label) => folded(label, 22)), datasets}, options, plugins};
  }

  function lineChart(plot, choice) {
    const options = common();
    options.scales = {x: axis(plot.x.title, plot.x.low, plot.x.high), y: axis(plot.y.title, plot.y.low, plot.y.high)};
    if (plot.log) options.scales.x.type = 'logarithmic';
    if (plot.ticks.length > 0) {
      const names = new Map(plot.ticks);
      options.scales.x.afterBuildTicks = (scale) => { scale.ticks = plot.ticks.map(([value]) => ({value})); };
      options.scales.x.ticks.callback = (value) => folded(names.get(value) || '', 10);
      options.scales.x.ticks.maxRotation = 0;
      options.scales.x.ticks.autoSkip = false;
      if (plot.log) {
        options.scales.x.min = plot.ticks[0][0] / 1.4;
        options.scales.x.max = plot.ticks[plot.ticks.length - 1][0] * 1.4;
      }
    }
    const ends = plot.series.flatMap((series) => series.lines).filter((of) => of && of.low)
      .flatMap((of) => of.low.concat(of.high)).filter((end) => end !== null);
    if (ends.length > 0) {
      options.scales.y.suggestedMin = Math.min(...ends);
      options.scales.y.suggestedMax = Math.max(...ends);
    }
    options.plugins.tooltip.callbacks.label = (item) =>
      `${item.dataset.label}: ${plot.x.title} ${item.parsed.x.toFixed(3)}, ${plot.y.title} ${item.parsed.y.toFixed(3)}`;
    const datasets = [];
    plot.series.forEach((series, index) => {
      const of = series.lines[Math.min(choice, series.lines.length - 1)];
      const name = of === null ? series.name + ' undefined' : of.note ? `${series.name} ${of.note}` : series.name;
      datasets.push({
        label: name,
        data: of === null ? [] : of.x.map((x, i) => ({x, y: of.y[i]})),
        low: of === null ? undefined : of.low,
        high: of === null ? undefined : of.high,
        showLine: plot.steps !== 'none',
        clip: 5,
        stepped: plot.steps === 'none' ? false : plot.steps || false,
        borderColor: colour(index),
        backgroundColor: colour(index),
        borderWidth: 1.8,
        borderDash: dashes[index % dashes.length],
        pointStyle: plot.points ? shapes[index % shapes.length] : 'line',
        pointRadius: plot.points ? 3.5 : 0,
        pointHitRadius: 6,
      });
    });
    if (plot.diagonal) {
      const low = plot.x.low ?? 0, high = plot.x.high ?? 1;
      datasets.push(reference([{x: low, y: low}, {x: high, y: high}]));
    }
    return {type: 'scatter', data: {datasets}, options, plugins: [whiskers]};
  }

  const charts = new Map();
  function draw(canvas) {
    const plot = plots[Number(canvas.dataset.plot)];
    const select = canvas.closest('details.task').querySelector('select');
    // A cohort may lack the label: then all of its own.
    const choice = plot.kind === 'lines' && select ? Math.max(0, plot.choices.indexOf(select.value)) : 0;
    const chart = new Chart(canvas, plot.kind === 'bars' ? barChart(plot) : lineChart(plot, choice));
    charts.set(canvas, chart);
    const values = chart.data.datasets.filter((dataset) => dataset.label !== '').flatMap((dataset) => dataset.data);
    canvas.dataset.drawn = values.filter((value) => value !== null).length;
  }
  const isShown = (canvas) => canvas.closest('details:not([open])') === null;
  const canvases = () => Array.from(document.querySelectorAll('canvas[data-plot]')).filter(isShown);
  const drawNew = () => canvases().filter((canvas) => !charts.has(canvas)).forEach(draw);
  // What is folded is drawn anew when it is unfolded.
  const redraw = (within) => {
    within.querySelectorAll('canvas[data-drawn]').forEach((canvas) => {
      charts.get(canvas).destroy();
      charts.delete(canvas);
      delete canvas.dataset.drawn;
    });
    drawNew();
  };

  const unfold = (open) => document.querySelectorAll('details.task').forEach((details) => { details.open = open; });
  // A link to a folded task unfolds it; "#all" unfolds all.
  const follow = () => {
    if (location.hash === '#all') unfold(true);
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (target && target.tagName === 'DETAILS') target.open = true;
  };

  document.querySelectorAll('details').forEach((details) => details.addEventListener('toggle', drawNew));
  document.querySelectorAll('details.task select').forEach((select) => {
    select.addEventListener('change', () => redraw(select.closest('details.task')));
  });
  document.querySelectorAll('.unfold').forEach((element) => { element.hidden = false; });
  document.querySelectorAll('button[data-unfold]').forEach((button) => {
    button.addEventListener('click', () => unfold(button.dataset.unfold === 'true'));
  });
  window.addEventListener('hashchange', follow);
  dark.addEventListener('change', () => redraw(document));
  window.addEventListener('beforeprint', () => {
    onPaper = true;
    unfold(true);
    redraw(document);
  });
  window.addEventListener('afterprint', () => {
    onPaper = false;
    redraw(document);
  });
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  follow();
  drawNew();
  document.body.dataset.ready = 'true';
})();
