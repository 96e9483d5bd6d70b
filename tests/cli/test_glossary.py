from tests.cli.conftest import Cli


def test_terms_are_imported_added_and_removed(cli: Cli) -> None:
    (cli.folder / "terms.txt").write_text("\ufeffKvistholm\n\n  Ángeles Peñalver\nKvistholm\n")
    assert "2 terms" in cli("glossary", "import", "terms.txt").stdout
    assert "3 terms" in cli("glossary", "add", "Surtitle", "Kvistholm").stdout
    assert "2 terms" in cli("glossary", "remove", "Kvistholm").stdout
    assert cli("glossary", "list").stdout == "Ángeles Peñalver\nSurtitle\n"


def test_a_file_that_is_no_text_is_refused(cli: Cli) -> None:
    (cli.folder / "terms.txt").write_bytes(b"\xff\xfe\x00")
    refused = cli("glossary", "import", "terms.txt")
    assert refused.returncode == 2
    assert "UTF-8" in refused.stderr


def test_a_file_that_is_not_there_is_a_fault_of_usage(cli: Cli) -> None:
    refused = cli("glossary", "import", "terms.txt")
    assert refused.returncode == 2
    assert "terms.txt cannot be read: No such file" in refused.stderr
