# SPDX-License-Identifier: GPL-2.0-only
"""
SVG plots: lines with logarithmic axes, and bars for ratios.
"""

import math

WIDTH, HEIGHT, MARGIN = 640, 400, 60
COLOURS = ("#b03a2e", "#1f618d", "#1e8449")


def decades(values):
    """The exponents of the powers of ten that enclose the values."""
    return (math.floor(math.log10(min(values))),
            max(math.ceil(math.log10(max(values))), math.floor(math.log10(min(values))) + 1))


def place(value, first, last, begin, end):
    return begin + (math.log10(value) - first) / (last - first) * (end - begin)


def text(x, y, what, anchor="middle", colour="#222"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}">{what}</text>'


def lines(title, series):
    """One line per name, of {name: [(x, y), ...]} with positive values."""
    xs = decades([x for points in series.values() for x, _ in points])
    ys = decades([y for points in series.values() for _, y in points])

    def across(x):
        return place(x, *xs, MARGIN, WIDTH - MARGIN)

    def down(y):
        return place(y, *ys, HEIGHT - MARGIN, MARGIN)

    body = [text(WIDTH / 2, MARGIN / 2, title)]
    for power in range(xs[0], xs[1] + 1):
        body.append(text(across(10 ** power), HEIGHT - MARGIN / 2, f"{10 ** power:g}"))
    for power in range(ys[0], ys[1] + 1):
        y = down(10 ** power)
        body.append(f'<path d="M{MARGIN} {y:.0f}H{WIDTH - MARGIN}" stroke="#ddd"/>')
        body.append(text(MARGIN - 6, y + 4, f"{10 ** power:g}", "end"))
    for (name, points), colour in zip(series.items(), COLOURS):
        path = "L".join(f"{across(x):.1f} {down(y):.1f}" for x, y in points)
        body.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [f'<circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="3" fill="{colour}"/>'
                 for x, y in points]
        body.append(text(across(points[-1][0]) + 6, down(points[-1][1]) + 4, name, "start", colour))
    return svg(HEIGHT, body)


def svg(height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" '
            'fill="white"/>\n' + "\n".join(body) + "\n</svg>\n")


def bars(title, ratios):
    """{name: ratio} as bars from 0 to 1; longer bars are cut off, but labelled."""
    begin, row = 250, 20
    full = WIDTH - begin - MARGIN
    body = [text(WIDTH / 2, MARGIN / 2, title)]
    for n, (name, ratio) in enumerate(ratios.items()):
        y = MARGIN + n * row
        width = max(1, min(ratio, 1) * full)
        colour = COLOURS[1] if ratio <= 1 else COLOURS[0]
        body += [text(begin - 6, y + 11, name, "end"),
                 f'<rect x="{begin}" y="{y}" width="{width:.0f}" height="14" fill="{colour}"/>',
                 text(begin + width + 4, y + 11, f"{ratio:.3f}", "start")]
    return svg(MARGIN + row * len(ratios) + row, body)
