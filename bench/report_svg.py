"""Small plots as SVG text: bars with the spread of their runs, and lines. No library; the same figures make the same bytes.

Colours follow the reader's light or dark scheme, background included, so that a plot can be read on any page."""

import math
from html import escape

WIDTH = 760
LEFT = 150      # names of contestants
RIGHT = 100     # values
ROW = 30
GOAL_LINE = 13
STYLE = """
  .paper { fill: #ffffff; } .ink { fill: #1f2328; } .soft { fill: #59636e; } .line { stroke: #59636e; } .grid { stroke: #d1d9e0; }
  .c0 { fill: #0969da; stroke: #0969da; } .c1 { fill: #8c959f; stroke: #8c959f; } .c2 { fill: #bc4c00; stroke: #bc4c00; }
  .c3 { fill: #1a7f37; stroke: #1a7f37; } .goal { stroke: #bc4c00; }
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; } .title { font-weight: 600; } .small { font-size: 11px; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } .ink { fill: #f0f6fc; } .soft { fill: #9198a1; } .line { stroke: #9198a1; } .grid { stroke: #30363d; }
    .c0 { fill: #4493f8; stroke: #4493f8; } .c1 { fill: #6e7681; stroke: #6e7681; } .c2 { fill: #f0883e; stroke: #f0883e; }
    .c3 { fill: #3fb950; stroke: #3fb950; } .goal { stroke: #f0883e; }
  }"""


def number(value):
    """Three digits that count."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{max(2 - math.floor(math.log10(abs(rounded))), 0)}f}"


def ticks(most, wanted=5):
    """Round steps from 0 to at least `most`."""
    if most <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(most / wanted))
    step = next(step * factor for factor in (1, 2, 5, 10) if most / (step * factor) <= wanted)
    return [step * i for i in range(math.ceil(most / step - 1e-9) + 1)]


def tick_text(value):
    return f"{value:,.10f}".rstrip("0").rstrip(".") if value else "0"


def text(x, y, words, kind="ink", anchor="start"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def stroke(x1, y1, x2, y2, kind="grid", dash=""):
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{dashes}/>'


def picture(title, height, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}" role="img" '
            f'aria-label="{escape(title)}">')
    return "\n".join([head, f"<style>{STYLE}\n</style>", f'<rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="8"/>', *parts,
                      "</svg>", ""])


def bars(title, panels):
    """`panels`: dicts of heading, unit, rows (name, median, values, whether it is ours) and goals (value, words)."""
    parts, top = [], 16
    for panel in panels:
        parts += _panel(panel, top)
        top += 64 + ROW * len(panel["rows"]) + 22 + _room_for_goals(panel)
    return picture(title, top, parts)


def _room_for_goals(panel):
    """Each goal's words have a line of their own; there is room for one."""
    return GOAL_LINE * max(len(panel["goals"]) - 1, 0)


def _panel(panel, top):
    rows = panel["rows"]
    scale = ticks(max([value for _, _, values, _ in rows for value in values] + [value for value, _ in panel["goals"]]))
    width = WIDTH - LEFT - RIGHT

    def at(value):
        return LEFT + width * value / scale[-1]

    begin = top + 26 + _room_for_goals(panel)
    end = begin + ROW * len(rows)
    parts = [text(16, top + 12, panel["heading"], "ink title")]
    for tick in scale:
        parts += [stroke(at(tick), begin, at(tick), end), text(at(tick), end + 15, tick_text(tick), "soft small", "middle")]
    for i, (name, middle, values, ours) in enumerate(rows):
        y, kind = begin + ROW * i, "c0" if ours else "c1"
        parts += [text(LEFT - 10, y + 19, name, "ink", "end"),
                  f'<rect class="{kind}" x="{LEFT}" y="{y + 7:.1f}" width="{max(at(middle) - LEFT, 1):.1f}" height="16" opacity="0.8"/>',
                  stroke(at(min(values)), y + 15, at(max(values)), y + 15, "line"),
                  *(stroke(at(limit), y + 10, at(limit), y + 20, "line") for limit in (min(values), max(values))),
                  text(at(max(*values, middle)) + 8, y + 19, number(middle), "ink")]
    for i, (value, words) in enumerate(panel["goals"]):
        y = begin - 7 - GOAL_LINE * i
        parts += [stroke(at(value), begin - 4, at(value), end, "goal", "5 4"),
                  text(at(value), y, words, "soft small", "middle" if at(value) < WIDTH - 90 else "end")]
    return [*parts, stroke(LEFT, begin, LEFT, end, "line"), text(LEFT + width / 2, end + 31, panel["unit"], "soft small", "middle")]


def lines(title, x_words, y_words, series):
    """`series`: name → points of x, median, least and most. Few points stand at even distances, many by their value."""
    names = list(series)
    places = sorted({x for points in series.values() for x, *_ in points})
    even = len(places) <= 5
    scale = ticks(max(most for points in series.values() for *_, most in points))
    left, top, width, height = 76, 62, WIDTH - 76 - 30, 250

    def at_x(value):
        if even:
            return left + width * (places.index(value) + 0.5) / len(places)
        return left + width * value / places[-1]

    def at_y(value):
        return top + height * (1 - value / scale[-1])

    parts = [text(16, 28, title, "ink title")]
    for i, name in enumerate(names):
        parts += [f'<rect class="c{i % 4}" x="{left + 150 * i}" y="42" width="14" height="10"/>',
                  text(left + 150 * i + 20, 51, name, "ink small")]
    for tick in scale:
        parts += [stroke(left, at_y(tick), left + width, at_y(tick)), text(left - 8, at_y(tick) + 4, tick_text(tick), "soft small", "end")]
    for place in places:
        parts.append(text(at_x(place), top + height + 17, f"{place:,}", "soft small", "middle"))
    for i, name in enumerate(names):
        points = series[name]
        band = [(at_x(x), at_y(most)) for x, _, _, most in points] + [(at_x(x), at_y(least)) for x, _, least, _ in reversed(points)]
        parts.append(f'<polygon class="c{i % 4}" opacity="0.18" points="{_path(band)}"/>')
        middle = [(at_x(x), at_y(value)) for x, value, _, _ in points]
        parts.append(f'<polyline class="c{i % 4}" style="fill: none" stroke-width="2" points="{_path(middle)}"/>')
        parts += [f'<circle class="c{i % 4}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in middle]
    parts += [stroke(left, at_y(0), left + width, at_y(0), "line"),
              text(left + width / 2, top + height + 38, x_words, "soft small", "middle"),
              f'<text class="soft small" transform="translate(20 {top + height / 2:.0f}) rotate(-90)" text-anchor="middle">'
              f'{escape(y_words)}</text>']
    return picture(title, top + height + 54, parts)


def _path(points):
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
