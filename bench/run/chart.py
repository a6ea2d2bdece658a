"""Two kinds of SVG: bars, and lines over logarithmic axes.

Comes in: named numbers. Goes out: the text of a picture that is readable in the light and in the dark. Never: a script,
a font from elsewhere, a number that is not in a table of the page too.
"""

from __future__ import annotations

import math
from html import escape

WIDTH = 860
STYLE = """
  <style>
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 15px; font-weight: 600; } .small { font-size: 12px; fill: #57606a; } .end { text-anchor: end; }
    .mid { text-anchor: middle; } .grid { stroke: #d0d7de; stroke-width: 1; }
    .c0 { fill: #b7791f; } .c1 { fill: #3b76c4; } .c2 { fill: #7a5ea8; }
    .l0 { stroke: #b7791f; } .l1 { stroke: #3b76c4; } .l2 { stroke: #7a5ea8; }
    .line { fill: none; stroke-width: 2; } .ideal { stroke: #8c959f; stroke-dasharray: 4 4; }
    @media (prefers-color-scheme: dark) {
      .back { fill: #0d1117; } text { fill: #e6edf3; } .small { fill: #9198a1; } .grid { stroke: #30363d; }
      .c0 { fill: #d9a441; } .c1 { fill: #6ea8fe; } .c2 { fill: #b39ddb; }
      .l0 { stroke: #d9a441; } .l1 { stroke: #6ea8fe; } .l2 { stroke: #b39ddb; }
    }
  </style>"""


def svg(height: int, title: str, body: list[str]) -> str:
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-label="{escape(title)}">{STYLE}\n'
            f'  <rect class="back" width="{WIDTH}" height="{height}" fill="#ffffff"/>\n')
    return head + "\n".join(f"  {line}" for line in body) + "\n</svg>\n"


def text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>'


def bars(title: str, unit: str, groups: list[tuple[str, list[tuple[str, int, float]]]], legend: list[str]) -> str:
    """Groups of horizontal bars: each bar has a name, a colour and a number. Linear from zero."""
    left, right, high = 190, 100, 16
    most = max(value for _, rows in groups for _, _, value in rows)
    body, y = [text(16, 26, title, "title")], 46
    for colour, name in enumerate(legend):
        body += [f'<rect x="{16 + 150 * colour}" y="{y - 10}" width="12" height="12" class="c{colour}"/>',
                 text(34 + 150 * colour, y, name, "small")]
    y += 22
    for group, rows in groups:
        body.append(text(left - 12, y + high * len(rows) / 2 + 8, group, "end"))
        for name, colour, value in rows:
            length = (WIDTH - left - right) * value / most
            body += [f'<rect x="{left}" y="{y + 3}" width="{max(length, 1):.1f}" height="{high - 4}" rx="2" class="c{colour}">'
                     f'<title>{escape(f"{group}, {name}: {number(value)} {unit}")}</title></rect>',
                     text(left + length + 6, y + high - 3, f"{number(value)} {unit}", "small")]
            y += high
        y += 14
    return svg(int(y + 4), title, body)


def lines(title: str, panels: list[tuple[str, str, str, list[tuple[str, list[tuple[float, float]]]]]]) -> str:
    """Panels side by side: heading, unit of x, unit of y, named lines. Both axes logarithmic; dashed: linear growth."""
    height, top, bottom, gap = 380, 76, 330, 70
    wide = (WIDTH - gap * (len(panels) + 1)) / len(panels)
    body = [text(16, 26, title, "title")]
    for index, (heading, across, up, series) in enumerate(panels):
        left = gap + index * (wide + gap)
        body += panel(left, wide, top, bottom, heading, across, up, series)
    return svg(height, title, body)


def panel(left, wide, top, bottom, heading, across, up, series) -> list[str]:
    points = [point for _, line in series for point in line]
    x0, x1 = decades([x for x, _ in points], exact=True)
    y0, y1 = decades([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        return (left + wide * (math.log10(x) - x0) / (x1 - x0), bottom - (bottom - top) * (math.log10(y) - y0) / (y1 - y0))

    body = [text(left, 52, heading), text(left + wide, bottom + 36, across, "small end"), text(left, 68, up, "small")]
    for decade in range(int(y0), int(y1) + 1):
        _, y = place(10**x0, 10**decade)
        body += [f'<line x1="{left:.1f}" x2="{left + wide:.1f}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>',
                 text(left - 6, y + 4, number(10.0**decade), "small end")]
    for decade in range(math.ceil(x0), int(x1 + 0.001) + 1):
        x, _ = place(10**decade, 10**y0)
        body.append(text(x, bottom + 18, number(10.0**decade), "small mid"))
    for colour, (name, line) in enumerate(series):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        end = place(*line[-1])
        # What would be, if the cost for each were that of the largest.
        first = line[-1][1] * line[0][0] / line[-1][0]
        if math.log10(first) >= y0:
            a, b = place(line[0][0], first), end
            body.append(f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" class="ideal"/>')
        body += [f'<polyline points="{path}" class="line l{colour}"/>', text(left + 64 + 84 * colour, 68, name, "small"),
                 f'<rect x="{left + 48 + 84 * colour:.1f}" y="58" width="12" height="12" class="c{colour}"/>']
        for point in line:
            x, y = place(*point)
            body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="c{colour}"><title>'
                        f'{escape(f"{name}, {number(point[0])}: {number(point[1])} {up}")}</title></circle>')
    return body


def decades(values: list[float], exact: bool = False) -> tuple[float, float]:
    low, high = math.log10(min(values)), math.log10(max(values))
    return (low, high) if exact else (math.floor(low), math.ceil(high))


def number(value: float) -> str:
    """Three digits that say something, thousands apart."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    shown = f"{value:,.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
