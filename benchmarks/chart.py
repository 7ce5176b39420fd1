"""A bar chart as SVG, written by hand: nothing needs to be installed."""
from xml.sax.saxutils import escape

COLOURS = {"stock": "#9aa5b1", "stock-channels_last": "#c2cad3", "fugakudnn": "#e4895b", "fugakudnn-channels_last": "#efb796",
           "fugakudnn-optimized": "#c0392b"}
OTHER = "#5b8fb9"
BAR, GAP, LEFT, RIGHT = 20, 16, 220, 90


def bar_chart(title, subtitle, rows):
    """Bars of ``images_per_second``, grouped by batch and threads, each group scaled to its own best."""
    groups = {}
    for row in rows:
        groups.setdefault((row["batch"], row["threads"]), []).append(row)
    width, inner = 900, 900 - LEFT - RIGHT
    parts, y = [], 64
    for (batch, threads), members in groups.items():
        parts.append(f'<text x="16" y="{y + 13}" font-weight="bold">batch {batch}, {threads} thread{"s" * (threads > 1)}</text>')
        y += BAR + 2
        best = max(row["images_per_second"] for row in members)
        for row in members:
            length = max(1, inner * row["images_per_second"] / best)
            colour = COLOURS.get(row["variant"], OTHER)
            parts.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(row["variant"])}</text>'
                         f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 3}" fill="{colour}"/>'
                         f'<text x="{LEFT + length + 6:.1f}" y="{y + 14}">{row["images_per_second"]:.1f}  ({row["speed_up"]:.2f}×)</text>')
            y += BAR
        y += GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" font-family="sans-serif" font-size="13">'
            f'<rect width="100%" height="100%" fill="white"/><text x="16" y="26" font-size="18">{escape(title)}</text>'
            f'<text x="16" y="46" fill="#555">{escape(subtitle)}</text>{"".join(parts)}</svg>\n')
