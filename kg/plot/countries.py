"""Where evidence comes from: countries of cases, by how many studies have a claim of a case there."""

from __future__ import annotations

import json
from bisect import bisect_right
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from kg.page import anchor
from kg.plot.picture import Behind, Picture, described
from kg.plot.style import LINE, WIDTH, drawn_from, titled
from kg.sentence import number_of

if TYPE_CHECKING:
    from kg.origins import Origins
    from kg.trace import TracedClaim

HEIGHT = 250
SHADES = {"1": "#c6dbef", "2 or 3": "#85b7db", "4 to 7": "#4292c6", "8 to 15": "#08519c", "16 or more": "#08264f"}
"""From few studies to many: one hue, ever darker, which reads in grey as well."""
_FROM = (1, 2, 4, 8, 16)
"""From how many studies on each shade begins."""


def countries(origins: Origins, about: str, claims: tuple[TracedClaim, ...] = ()) -> Picture:
    """The studies of a selection by country; one of cases in several countries counts in each.

    Args:
        origins: The studies.
        about: What was selected, in a few words.
        claims: Their claims, where a page is to tell them.
    """
    outline = json.loads((files("kg.plot") / "outlines" / "countries.json").read_text(encoding="utf-8"))
    drawn = {shape.get("id") for shape in outline["objects"]["countries"]["geometries"]}
    names = {code: name for one in origins.origins for code, name in one.countries.items()}
    studies = {code: [one for one in origins.origins if code in one.countries] for code in names}
    ranked = sorted(names, key=lambda code: (-len(studies[code]), names[code]))
    rows = [
        {
            "country": code,
            "name": names[code],
            "studies": len(studies[code]),
            "drawn": code in drawn,
            "anchor": anchor("country", code),
            "mark": f"{names[code]}: {number_of(len(studies[code]), 'study', 'studies')}",
        }
        for code in ranked
    ]
    nowhere = [one for one in origins.origins if not one.countries]
    if nowhere:
        told_of = f"No country named: {number_of(len(nowhere), 'study', 'studies')}"
        rows.append(
            {
                "country": "",
                "name": "no country named",
                "studies": len(nowhere),
                "drawn": False,
                "anchor": anchor("country", "none"),
                "mark": told_of,
            }
        )
    small = [str(row["mark"]) for row in rows if row["country"] and not row["drawn"]]
    title = f"Where the cases are of the studies that report on {about}"
    told = (
        f"A study counts in each country of its cases. Of {number_of(len(origins.origins), 'study', 'studies')} "
        f"{len(nowhere) or 'none'} {'names' if len(nowhere) == 1 else 'name'} no country. Grey: no study names it.",
        f"Too small for this outline: {'; '.join(small)}." if small else "",
    )
    known = {one.claim: one for one in claims}
    return Picture(
        kind="countries",
        title=title,
        description=f"{title}. {told[0]} {described(rows)}",
        chart=titled(_chart(outline, rows), title, told, [origins.notice]),
        columns=("country", "name", "studies", "drawn", "mark"),
        rows=tuple(rows),
        told=tuple(line for line in told if line),
        notice=origins.notice,
        behind=(
            *(
                Behind(
                    anchor("country", code),
                    names[code],
                    tuple(claim for one in studies[code] for claim in one.claims_in[code]),
                )
                for code in ranked
            ),
            *(
                [Behind(anchor("country", "none"), "No country named", tuple(c for one in nowhere for c in one.claims))]
                if nowhere
                else []
            ),
        )
        if known
        else (),
        claims=tuple(known[claim] for one in origins.origins for claim in one.claims if claim in known),
    )


def _chart(outline: dict[str, Any], rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    shapes = drawn_from(outline, format=alt.TopoDataFormat(feature="countries", type="topojson"))
    projection: dict[str, Any] = {"type": "equalEarth"}
    found = [
        {
            "country": row["country"],
            "shade": list(SHADES)[bisect_right(_FROM, row["studies"]) - 1],
            "mark": row["mark"],
            "link": f"#{row['anchor']}",
        }
        for row in rows
        if row["drawn"]
    ]
    used = [name for name in SHADES if any(one["shade"] == name for one in found)]
    lookup = alt.LookupData(drawn_from(found).data, key="country", fields=["shade", "mark", "link"])
    land = shapes.mark_geoshape(fill="#eeeeec", stroke=LINE, strokeWidth=0.4, aria=False).project(**projection)
    shaded = (
        shapes.mark_geoshape(stroke="#555555", strokeWidth=0.5)
        .transform_lookup(lookup="id", from_=lookup)
        .transform_filter("isValid(datum.shade)")
        .project(**projection)
        .encode(
            fill=alt.Fill(
                "shade:N",
                scale=alt.Scale(domain=used, range=[SHADES[name] for name in used]),
                legend=alt.Legend(title="studies", orient="bottom", symbolType="square"),
            ),
            description="mark:N",
            tooltip="mark:N",
            href="link:N",
        )
    )
    return alt.layer(land, shaded).properties(width=WIDTH, height=HEIGHT)
