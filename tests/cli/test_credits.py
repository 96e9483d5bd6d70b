from tests.cli.conftest import Cli


def test_credits_are_granted_and_taken_back(cli: Cli) -> None:
    granted = cli("admin", "grant-credits", "Personal", "600", "--reason", "Order 7")
    assert granted.stdout == "The project has 600 credits.\n", granted.stderr
    assert cli("admin", "grant-credits", "Personal", "--", "-100").stdout == "The project has 500 credits.\n"


def test_a_grant_of_nothing_is_refused(cli: Cli) -> None:
    refused = cli("admin", "grant-credits", "Personal", "nan")
    assert (refused.returncode, "other than 0" in refused.stderr) == (2, True), refused.stderr
