"""What lies under deploy/ is sound, as far as that can be told without a systemd or a Docker that runs."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from monitor.cli import cli

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
UNITS = ("groundswell.service", "groundswell-user.service")
INSTRUCTIONS = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "STOPSIGNAL", "HEALTHCHECK"}
INSTRUCTIONS |= {"ENTRYPOINT", "CMD"}


def accepted(arguments: list[str]) -> bool:
    """Whether our command line knows a call."""
    return CliRunner().invoke(cli, [*arguments, "--help"]).exit_code == 0


# ---- systemd ---------------------------------------------------------------------------


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(DEPLOY / name, encoding="utf-8")
    return parsed


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_waits_for_readiness_watches_and_stops_in_time(name):
    service = unit(name)["Service"]
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert service["RestartPreventExitStatus"] == "2"
    assert service["WatchdogSec"] == "5min"
    assert (service["Restart"], service["RestartSec"]) == ("on-failure", "30s")
    assert unit(name)["Unit"]["StartLimitIntervalSec"] == "0"  # or ten bad starts would be the last
    command, *arguments = shlex.split(service["ExecStart"])
    assert command.endswith("/bin/groundswell")
    assert accepted(arguments)


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_finds_no_fault_with_a_unit(name, tmp_path):
    copy = tmp_path / name
    text = (DEPLOY / name).read_text(encoding="utf-8")
    copy.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.MULTILINE))
    scope = ["--user"] if "user" in name else []
    checked = subprocess.run(
        ["systemd-analyze", *scope, "--man=no", "verify", str(copy)],
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in checked.stderr.splitlines() if name in line]
    assert complaints == []


def laptop() -> list[str]:
    """The commands of docs/operations.md that make a service of one's own account, in their order."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.partition("## On a laptop\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [line.partition("  #")[0].rstrip() for line in "".join(blocks).splitlines()]


def with_lines(home: Path, lines: list[str]) -> None:
    """Run lines of the page in a home of their own, as an account with the usual umask."""
    environment = os.environ | {"HOME": str(home)}
    script = "\n".join(["set -eu", "umask 022", *lines])
    subprocess.run(["sh", "-c", script], cwd=ROOT, env=environment, input=b"sample\n", check=True)


def test_the_laptops_lines_make_all_that_its_unit_needs(tmp_path):
    lines = laptop()
    with_lines(tmp_path, [line for line in lines if line.startswith(("install ", "cp ", "(umask"))])
    installed = unit("groundswell-user.service")["Service"]
    program, *arguments = shlex.split(installed["ExecStart"].replace("%h", str(tmp_path)))
    environment = lines[0].removeprefix("python3 -m venv ")
    assert Path(program) == Path(environment.replace("~", str(tmp_path))) / "bin" / "groundswell"
    assert [line.split()[0] for line in lines[1:3]] == [f"{environment}/bin/pip"] * 2
    folder = Path(installed["WorkingDirectory"].replace("%h", str(tmp_path)))
    assert {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())} == {
        "groundswell": 0o700,
        "config.toml": 0o600,
        "bot-token": 0o600,
    }
    placed = tmp_path / ".config" / "systemd" / "user" / "groundswell.service"
    assert placed.read_bytes() == (DEPLOY / "groundswell-user.service").read_bytes()
    called = CliRunner().invoke(cli, [*arguments[:-1], "check-config"])
    assert (called.exit_code, arguments[-1]) == (0, "run")
    assert called.output.splitlines()[-1].endswith("All is well.")


def test_the_laptops_lines_call_what_is_there():
    calls = [shlex.split(line) for line in laptop()]
    assert [call[1:] for call in calls if call[0] == "desk" and not accepted(call[1:])] == []
    (alias,) = [call[1].removeprefix("desk=") for call in calls if call[0] == "alias"]
    started = unit("groundswell-user.service")["Service"]["ExecStart"].replace("%h", "~")
    assert shlex.split(alias)[0] == shlex.split(started)[0]
    assert shlex.split(alias)[2] == shlex.split(started)[2]


# ---- Docker ----------------------------------------------------------------------------


def dockerfile() -> list[tuple[str, str]]:
    """Instructions with their arguments, lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line)]


def test_the_dockerfile_has_only_known_instructions_and_copies_what_is_there():
    assert {name for name, _ in dockerfile()} <= INSTRUCTIONS
    copied = [
        shlex.split(rest)[:-1] for name, rest in dockerfile() if name == "COPY" and "--from" not in rest
    ]
    assert [path for paths in copied for path in paths if not (ROOT / path).exists()] == []
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert [path for paths in copied for path in paths if f"!{path}" not in allowed] == []


def test_the_image_runs_our_command_and_not_as_root():
    last = dict(dockerfile())
    assert last["USER"] == "10001:10001"
    call = json.loads(last["ENTRYPOINT"]) + json.loads(last["CMD"])
    assert call[0] == "groundswell"
    assert accepted(call[1:])
    probe = json.loads(last["HEALTHCHECK"].partition(" CMD ")[2])
    compile(probe[2], "HEALTHCHECK", "exec")


def test_the_image_takes_only_packages_whose_hashes_are_known():
    installs = [rest for name, rest in dockerfile() if name == "RUN" and "pip install" in rest]
    assert all("--require-hashes" in rest or "--no-deps" in rest for rest in installs)
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.iterdir())
    assert re.findall(r"https?://(?!127\.0\.0\.1)\S+|index-url", text) == []


def test_the_composition_names_nothing_that_it_does_not_define():
    whole = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    for service in whole["services"].values():
        assert set(service.get("secrets", ())) <= whole["secrets"].keys()
        assert set(service["networks"]) <= whole["networks"].keys()
        assert set(service.get("depends_on", ())) <= whole["services"].keys()
        named = [volume.partition(":")[0] for volume in service["volumes"]]
        assert {name for name in named if not name.startswith(".")} <= whole["volumes"].keys()
        assert [name for name in service.get("environment", ()) if name.endswith("PASSWORD")] == []
        assert "ports" not in service
    build = whole["services"]["groundswell"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
def test_the_compositions_first_lines_make_secrets_that_nobody_else_can_read(tmp_path):
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    lines = re.findall(r"^#   ([a-z(].*)", text.partition("\nname:")[0], re.MULTILINE)
    here = [line for line in lines if not line.startswith(("sudo ", "docker "))]
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "config.example.toml", tmp_path)
    script = "\n".join(["set -eu", "umask 022", *here])
    subprocess.run(["sh", "-c", script], cwd=tmp_path / "deploy", check=True)
    secrets = tmp_path / "deploy" / "secrets"
    modes = {path.name: path.stat().st_mode & 0o777 for path in secrets.iterdir()}
    assert modes == {"database-password": 0o600, "database-url": 0o600}
    password = (secrets / "database-password").read_text().strip()
    assert len(password) == 48
    assert (secrets / "database-url").read_text().endswith(f":{password}@database/groundswell")
    assert (tmp_path / "deploy" / "config" / "config.toml").exists()
