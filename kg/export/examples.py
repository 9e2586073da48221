"""One invented source as an example for those who fill in a workbook; an import passes over its rows."""

from __future__ import annotations

from kg.records import Source, Studies, Theories

_ID = "EXAMPLE-abara2019"

SOURCE = Source.model_validate(
    {
        "source": _ID,
        "type": "journal-article",
        "title": "How two hospitals came to share their records",
        "authors": ["Abara, Ngozi", "Smith, Jo"],
        "year": 2019,
        "journal": "Journal of Examples",
        "doi": "10.1234/example.2019",
        "design": "case-study",
        "study": "EXAMPLE-wards",
        "codings": [
            {
                "coder": "ada",
                "method": "manual",
                "read": ["abstract", "results"],
                "cases": [
                    {
                        "id": "wards",
                        "label": "Two hospitals that share their wards",
                        "countries": ["UGA", "GBR"],
                        "start": 2012,
                    }
                ],
                "claims": [
                    {
                        "id": "c1",
                        "case": "wards",
                        "contexts": [
                            {"factor": "prior-collaboration", "state": "present", "influence": "enables"},
                            {"factor": "staff-turnover", "state": "low"},
                        ],
                        "mechanisms": [
                            {
                                "factor": "trust",
                                "state": "present",
                                "resource": "regular visits of the same people",
                                "reasoning": "staff believe that their records will not be used against them",
                                "basis": "participant",
                            }
                        ],
                        "actors": ["health-professional"],
                        "outcome": {"factor": "service-delivery", "direction": "increased"},
                        "effect": "supports",
                        "status": "supported",
                        "evidence": [
                            {
                                "locator": "Results, table 2",
                                "layer": "author",
                                "paraphrase": "Wards that trusted each other shared more records.",
                            }
                        ],
                        "theories": [{"theory": "EXAMPLE-theory", "relation": "supports"}],
                        "links": ["c2"],
                    },
                    {
                        "id": "c2",
                        "case": "wards",
                        "mechanisms": [{"factor": "mutual-accountability", "state": "absent"}],
                        "outcome": {"factor": "partner-burden", "direction": "increased"},
                        "effect": "supports",
                        "status": "proposed",
                        "evidence": [{"locator": "p. 12", "layer": "participant", "speaker": "nurse 3"}],
                    },
                ],
            }
        ],
    }
)
STUDIES = Studies.model_validate({"studies": [{"id": "EXAMPLE-wards", "label": "The study of the wards"}]})
THEORIES = Theories.model_validate(
    {
        "theories": [
            {
                "id": "EXAMPLE-theory",
                "label": "Trust lets records flow",
                "if": "the same people meet for years",
                "then": "wards share their records",
                "because": "they trust that nobody is blamed",
                "version": "1",
            }
        ]
    }
)
