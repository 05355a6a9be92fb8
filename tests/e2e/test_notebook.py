"""The notebook is a test: it is executed against a lake that the pipeline published."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
RANKING = NOTEBOOKS / "01_read_a_ranking.ipynb"


@pytest.fixture(scope="module")
def executed(demo_lake: Path) -> nbformat.NotebookNode:
    """Run the notebook from its own folder, as a reader does; a failing cell raises with its traceback."""
    notebook = nbformat.read(RANKING, as_version=4)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REVENUER_LAKE", str(demo_lake))
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    return notebook


def output_of(notebook: nbformat.NotebookNode, marker: str) -> str:
    """Return what the one cell whose source contains the marker shows."""
    (cell,) = (cell for cell in notebook.cells if cell.cell_type == "code" and marker in cell.source)
    return "\n".join(output.get("text") or output["data"]["text/plain"] for output in cell.outputs)


def test_notebook__shows_the_ranking_with_an_accusation(executed: nbformat.NotebookNode) -> None:
    ranking = output_of(executed, "heaviest_finding")
    assert "verdict" in ranking
    assert "campaign" in ranking.replace("campaign_id", "")


@pytest.mark.parametrize("marker", ["from campaign_evidence", "exchange_share, why", "from campaign_links"])
def test_notebook__follows_the_leader_to_its_evidence_members_and_links(
    executed: nbformat.NotebookNode, marker: str
) -> None:
    assert "Empty DataFrame" not in output_of(executed, marker)


def test_notebook__is_committed_without_outputs() -> None:
    cells = nbformat.read(RANKING, as_version=4).cells
    assert not [cell.id for cell in cells if cell.get("outputs") or cell.get("execution_count")]
