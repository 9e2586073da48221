"""Pages of HTML that need nothing else.

Whatever evidence says is text there: Jinja2 escapes it, and each page's own policy (CSP) lets no script or style run
but those whose digests it names, and nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any
from urllib.parse import quote


def render(template: str, styles: tuple[str, ...], scripts: tuple[str, ...], **values: Any) -> str:
    """A page.

    Args:
        template: The name of its template.
        styles: Names of the style sheets that stand in it, by `style`.
        scripts: Names of the scripts that stand in it, by `script`.
        **values: What the template shows; `policy` is added.
    """
    style = "".join(_source(name) for name in styles)
    script = "".join(_source(name) for name in scripts)
    allowed = f"script-src {_digest(script)}; " if script else ""
    policy = f"default-src 'none'; style-src {_digest(style)}; {allowed}base-uri 'none'; form-action 'none'"
    markup: str = _environment().get_template(template).render(style=style, script=script, policy=policy, **values)
    return markup


def anchor(*names: str) -> str:
    """A fragment of a page by what it is about; two that are about different things are different.

    >>> anchor("claim", "jones2013/coder-1/c1"), anchor("cell", "équité", "a b")
    ('claim--jones2013.2Fcoder-1.2Fc1', 'cell--.C3.A9quit.C3.A9--a.20b')
    """
    return "--".join(quote(name, safe="").replace(".", ".2E").replace("%", ".") for name in names)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _source(name: str) -> str:
    """A template's text as it is; it stands in the page without being escaped."""
    environment = _environment()
    text: str = environment.loader.get_source(environment, name)[0]
    return text


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("kg"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
