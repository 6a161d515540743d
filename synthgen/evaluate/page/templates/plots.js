"use strict";
// From the data of a drawing to what plotly draws: `specs(data, colours)` is a list of named { traces, layout }.
const plots = (() => {
  // plotly reads some markup in texts; a name is never markup.
  const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const short = (text, most) => plain(text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const percent = (share) => (share === null ? "none" : `${(100 * share).toPrecision(3)} %`);
  const tell = (value) => (value === null ? "not defined" : Number(value.toPrecision(4)).toString());
  const minus = (one, other) => (one === null || other === null ? null : one - other);

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    const names = ["ink", "soft", "line", "card", "real", "real-edge", "synthetic", "ceiling", "floor", "guide"];
    return Object.fromEntries(
      [...names, "low", "middle", "high", "some"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
    );
  };

  const axis = (colour, more) => ({
    fixedrange: true,
    gridcolor: colour.line,
    linecolor: colour.line,
    zeroline: false,
    automargin: true,
    tickfont: { size: 11 },
    ...more,
  });

  const layout = (colour, more) => ({
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", color: colour.soft, size: 12 },
    margin: { l: 8, r: 8, t: 8, b: 8 },
    showlegend: false,
    dragmode: false,
    hoverlabel: { bgcolor: colour.card, bordercolor: colour.line, font: { color: colour.ink } },
    ...more,
  });

  const bars = (data, from, colour, extra) => {
    const at = data.labels.slice(from).map((_, index) => index);
    const text = data.labels.slice(from).map((label, index) => {
      const here = from + index;
      return `${plain(label)}<br>real ${percent(data.real[here])}<br>synthetic ${percent(data.synthetic[here])}`;
    });
    const one = (values, width, fill) => ({
      type: "bar",
      text,
      textposition: "none",
      hovertemplate: "%{text}<extra></extra>",
      marker: { color: fill, line: { width: 0 } },
      width,
      ...extra(at, values.slice(from)),
    });
    return [one(data.real, 0.86, colour.real), one(data.synthetic, 0.42, colour.synthetic)];
  };

  const names = (labels, most) => ({
    tickmode: "array",
    tickvals: labels.map((_, index) => index),
    ticktext: labels.map((label) => short(label, most)),
  });

  // So many names do not fit: the table has them all.
  const some = (labels, most) => {
    const { tickmode, tickvals, ticktext } = names(labels, 14);
    const picked = (_, index) => index % Math.ceil(labels.length / most) === 0;
    return { tickmode, tickvals: tickvals.filter(picked), ticktext: ticktext.filter(picked) };
  };

  const levels = (data, colour) => {
    const share = axis(colour, { tickformat: ".0%", rangemode: "tozero", nticks: 5 });
    const flat = data.labels.length <= 18;
    if (!flat) {
      return {
        traces: bars(data, 0, colour, (x, y) => ({ x, y })),
        layout: layout(colour, {
          barmode: "overlay",
          height: 240,
          xaxis: axis(colour, { ...some(data.labels, 12), showgrid: false, tickangle: -45 }),
          yaxis: share,
        }),
      };
    }
    return {
      traces: bars(data, 0, colour, (y, x) => ({ y, x, orientation: "h" })),
      layout: layout(colour, {
        barmode: "overlay",
        height: Math.max(120, 48 + 22 * data.labels.length),
        yaxis: axis(colour, { ...names(data.labels, 22), autorange: "reversed", showgrid: false }),
        xaxis: share,
      }),
    };
  };

  // Levels that are no numbers, right of the line of numbers.
  const beside = (labels, end, colour) =>
    axis(colour, { ...names(labels, 14), domain: [end + 0.04, 1], anchor: "y", showgrid: false, tickangle: -45 });

  const line = (data, colour) => {
    const bins = data.edges.length - 1;
    const rest = data.labels.slice(bins);
    const place = data.dates ? data.edges.map((day) => new Date(day * 86400000).toISOString()) : data.edges;
    const steps = (values) => [...values.slice(0, bins), values[bins - 1]];
    const end = rest.length ? 1 - Math.min(0.45, 0.1 + 0.06 * rest.length) : 1;
    const hover = data.labels.slice(0, bins).map((label, bin) =>
      `${plain(label)}<br>real ${percent(data.real[bin])}<br>synthetic ${percent(data.synthetic[bin])}`,
    );
    const one = (name, values, look) => ({
      type: "scatter",
      mode: "lines",
      x: place,
      y: steps(values),
      text: [...hover, hover[bins - 1]],
      hovertemplate: "%{text}<extra></extra>",
      name,
      ...look,
    });
    const solid = (fill) => ({ color: fill, width: 2, shape: "hv" });
    const traces = [
      one("real", data.real, { line: solid(colour["real-edge"]), fill: "tozeroy", fillcolor: `${colour.real}b0`, hoverinfo: "skip", hovertemplate: undefined }),
      one("synthetic", data.synthetic, { line: solid(colour.synthetic) }),
      ...(rest.length ? bars(data, bins, colour, (x, y) => ({ x, y, xaxis: "x2", yaxis: "y" })) : []),
    ];
    const type = data.dates ? "date" : data.spread === "log" ? "log" : "linear";
    return {
      traces,
      layout: layout(colour, {
        barmode: "overlay",
        hovermode: "closest",
        height: 240,
        xaxis: axis(colour, { type, domain: [0, end], showgrid: false, nticks: 6 }),
        ...(rest.length ? { xaxis2: beside(rest, end, colour) } : {}),
        yaxis: axis(colour, { tickformat: ".0%", rangemode: "tozero", nticks: 5 }),
      }),
    };
  };

  const heat = (data, values, colour, look, height) => {
    const many = Math.max(data.rows.length, data.columns.length) > 24;
    return {
      traces: [
        {
          type: "heatmap",
          z: values,
          x: data.columns.map((_, index) => index),
          y: data.rows.map((_, index) => index),
          text: values.map((row, r) =>
            row.map((value, c) => `${plain(data.rows[r])} and ${plain(data.columns[c])}<br>${tell(value)}`),
          ),
          hovertemplate: "%{text}<extra></extra>",
          hoverongaps: false,
          xgap: many ? 0 : 1,
          ygap: many ? 0 : 1,
          colorbar: { thickness: 8, len: 0.9, outlinewidth: 0, tickfont: { size: 10 }, nticks: 5 },
          ...look,
        },
      ],
      layout: layout(colour, {
        height,
        xaxis: axis(colour, { ...names(data.columns, 10), tickangle: -60, showticklabels: !many, showgrid: false }),
        yaxis: axis(colour, { ...names(data.rows, 12), autorange: "reversed", showticklabels: !many, showgrid: false }),
      }),
    };
  };

  const matrix = (data, colour) => {
    const difference = data.synthetic.map((row, r) => row.map((value, c) => minus(value, data.real[r][c])));
    const largest = (rows) => rows.flat().reduce((most, value) => Math.max(most, Math.abs(value ?? 0)), 0) || 1;
    const two = [[0, colour.low], [0.5, colour.middle], [1, colour.high]];
    const one = [[0, colour.middle], [1, colour.some]];
    const signed = data.low < 0;
    const own = { zmin: data.low, zmax: data.high, colorscale: signed ? two : one };
    const far = largest(difference);
    const apart = { zmin: -far, zmax: far, colorscale: two };
    const height = Math.min(460, 130 + 16 * Math.max(8, Math.min(24, data.rows.length)));
    return [
      { name: "Real", ...heat(data, data.real, colour, own, height) },
      { name: "Synthetic", ...heat(data, data.synthetic, colour, own, height) },
      { name: "Difference: synthetic less real", ...heat(data, difference, colour, apart, height) },
    ];
  };

  const DASHES = { real: "solid", synthetic: "solid", ceiling: "dash", floor: "dot", guide: "dot" };
  const curves = (data, colour) => ({
    traces: data.lines.map((one) => ({
      type: "scatter",
      mode: one.x.length < 30 && one.role !== "guide" ? "lines+markers" : "lines",
      name: plain(one.name),
      x: one.x,
      y: one.y,
      marker: { size: 5 },
      line: {
        color: one.role === "real" ? colour["real-edge"] : colour[one.role],
        dash: DASHES[one.role],
        width: one.role === "guide" ? 1 : 2.5,
      },
      hovertemplate: `%{x:.3g}, %{y:.3g}<extra>${plain(one.name).replaceAll("%{", "% {")}</extra>`,
    })),
    layout: layout(colour, {
      height: 330,
      showlegend: true,
      legend: { orientation: "h", y: 1.03, yanchor: "bottom", x: 0 },
      hovermode: "closest",
      xaxis: axis(colour, { title: { text: plain(data.x), standoff: 8 } }),
      yaxis: axis(colour, { title: { text: plain(data.y), standoff: 8 } }),
    }),
  });

  const specs = (data, colour) => {
    if (data.kind === "matrix") return matrix(data, colour);
    if (data.kind === "curves") return [{ name: "", ...curves(data, colour) }];
    return [{ name: "", ...(data.spread === "levels" ? levels : line)(data, colour) }];
  };

  // The numbers of a plot as a table: a header and rows.
  const numbers = (data) => {
    if (data.kind === "distribution") {
      const rows = data.labels.map((label, at) => [label, percent(data.real[at]), percent(data.synthetic[at])]);
      return { header: [data.column, "real", "synthetic"], rows };
    }
    if (data.kind === "curves") {
      const rows = data.lines.flatMap((one) => one.x.map((x, at) => [one.name, tell(x), tell(one.y[at])]));
      return { header: ["line", data.x, data.y], rows };
    }
    const cells = data.rows.flatMap((row, r) =>
      data.columns.map((column, c) => [row, column, data.real[r][c], data.synthetic[r][c]]),
    );
    const apart = ([, , one, other]) => Math.abs(minus(other, one) ?? -1);
    cells.sort((one, other) => apart(other) - apart(one));
    return {
      header: ["row", "column", "real", "synthetic", "difference"],
      rows: cells.map(([row, column, one, other]) => [row, column, tell(one), tell(other), tell(minus(other, one))]),
    };
  };

  return { colours, specs, numbers };
})();
