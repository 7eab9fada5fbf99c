"""The command line as a whole."""

import subprocess
import sys

import pytest

from himnet.cli import COMMANDS, main
from himnet.errors import without_torch
from tests.processes import run_python


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert COMMANDS[command] in " ".join(capsys.readouterr().out.split())


def test_no_command_and_unknown_commands_have_status_2(capsys):
    for arguments in ([], ["fly"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
    assert "usage: python -m himnet" in capsys.readouterr().err


def test_where_torch_is_not_installed_a_command_that_needs_it_says_how_to_add_it(tmp_path):
    code = (
        "import sys\nfrom tests.torchless import block_torch\nblock_torch()\n"
        "from himnet.cli import main\n"
        f"sys.exit(main(['train', '--dataset', 'METRLA', '--out', {str(tmp_path / 'x')!r}]))"
    )
    done = run_python("-c", code)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"error: {without_torch(ModuleNotFoundError(name='torch'))}"
    ]


def test_help_comes_without_torch():
    code = (
        "import sys\nfrom himnet.cli import main\n"
        "try:\n    main(['train', '--help'])\nexcept SystemExit:\n    pass\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
