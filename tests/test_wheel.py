"""The built wheel, in a clean environment outside the checkout: it runs and migrates its own database."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a new environment that holds the wheel.

    What Groundswell depends on is lent by the environment of the tests, so that no index is needed.
    """
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    site = Path(
        sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}, scheme="venv")
    )
    lent = "\n".join(dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))))
    (site / "lent.pth").write_text(lent + "\n")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"),
            *("--quiet", "--no-deps", "--no-index", "--ignore-installed", str(wheel)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return folder / "bin"


def run(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(command), *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_wheel_holds_the_migrations_the_sample_web_and_the_packs_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert "storage/migrations/env.py" in names
    assert any(name.startswith("storage/migrations/versions/0001") for name in names)
    assert any(name.startswith("monitor/demo/samples/") for name in names)
    assert {"monitor/packs/grievances.toml", "monitor/packs/words.toml"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "alembic/"))]


def test_the_installed_package_is_the_wheels_and_not_the_checkout(installed, tmp_path):
    found = run(installed / "python", "-c", "import monitor; print(monitor.__file__)", cwd=tmp_path)

    assert Path(found.stdout.strip()).is_relative_to(installed.parent)


def test_it_migrates_its_own_database_and_answers(installed, tmp_path):
    (tmp_path / "config.toml").write_text('[[receiver]]\nid = "screen"\nkind = "terminal"\n')

    migrated = run(installed / "groundswell", "migrate", cwd=tmp_path)
    sources = run(installed / "groundswell", "sources", "--json", cwd=tmp_path)

    assert migrated.returncode == 0, migrated.stderr
    assert (tmp_path / "groundswell.db").exists()
    assert sources.returncode == 0, sources.stderr


def test_it_matches_queries(installed, tmp_path):
    item = {"id": "1", "text": "Мужьям не дают отпуск (вымышленный пример)"}
    (tmp_path / "items.jsonl").write_text(json.dumps(item, ensure_ascii=False), encoding="utf-8")

    found = run(installed / "groundswell", "grep", "--json", "отпуска", "items.jsonl", cwd=tmp_path)

    assert json.loads(found.stdout)["id"] == "1"
