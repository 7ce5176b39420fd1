"""A bar chart as SVG, written by hand: nothing needs to be installed."""
from xml.sax.saxutils import escape

COLOURS = {"stock": "#9aa5b1", "stock-channels_last": "#c2cad3", "fugakudnn": "#e4895b", "fugakudnn-channels_last": "#efb796",
           "fugakudnn-optimized": "#c0392b"}
OTHER = "#5b8fb9"
OURS = "allocator"  # a variant's name after its plus: bars of our allocator have an outline, those of other allocators stripes
BAR, GAP, BETWEEN, LEFT, RIGHT, WIDTH = 20, 16, 5, 260, 200, 980


def bar_chart(title, subtitle, rows):
    """Bars of ``images_per_second``, grouped by mode, batch and threads, each group scaled to its own best.

    Variants that differ in their allocator alone (``stock``, ``stock+allocator``, …) share a colour and stand together.
    """
    groups = {}
    for row in rows:
        groups.setdefault((row["mode"], row["batch"], row["threads"]), []).append(row)
    parts, y = [], 64
    for (mode, batch, threads), members in groups.items():
        parts.append(f'<text x="16" y="{y + 13}" font-weight="bold">{escape(mode)}, batch {batch}, {threads} thread{"s" * (threads > 1)}</text>')
        y += BAR + 2
        best, previous = max(row["images_per_second"] for row in members), None
        for row in members:
            base = row["variant"].partition("+")[0]
            y += BETWEEN * (previous not in (None, base))
            previous = base
            parts.append(bar(row, (WIDTH - LEFT - RIGHT) * row["images_per_second"] / best, y))
            y += BAR
        y += GAP
    stripes = "".join(f'<pattern id="{identifier(base)}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
                      f'<rect width="6" height="6" fill="{colour}"/><rect width="2" height="6" fill="white" fill-opacity="0.6"/></pattern>'
                      for base, colour in {**COLOURS, "other": OTHER}.items())
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" font-family="sans-serif" font-size="13">'
            f'<defs>{stripes}</defs>'
            f'<rect width="100%" height="100%" fill="white"/><text x="16" y="26" font-size="18">{escape(title)}</text>'
            f'<text x="16" y="46" fill="#555" font-size="11">{escape(subtitle)}</text>{"".join(parts)}</svg>\n')


def identifier(base):
    """The name of a variant's stripes."""
    return "stripes-" + (base if base in COLOURS else "other")


def bar(row, length, y):
    """Label, bar and figures of a row."""
    base, _, allocator = row["variant"].partition("+")
    fill = f"url(#{identifier(base)})" if allocator not in ("", OURS) else COLOURS.get(base, OTHER)
    outline = ' stroke="#222" stroke-width="1.5"' if allocator == OURS else ""
    weight = ' font-weight="bold"' if allocator == OURS else ""
    faults = "" if row.get("minor_faults") is None else f"{row['minor_faults']:,.0f} faults"
    length = max(1, length)
    return (f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end"{weight}>{escape(row["variant"])}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 3}" fill="{fill}"{outline}/>'
            f'<text x="{LEFT + length + 6:.1f}" y="{y + 14}">{row["images_per_second"]:.1f}  ({row["speed_up"]:.2f}×)'
            f'<tspan dx="10" fill="#777" font-size="11">{faults}</tspan></text>')
