"""Writes the dashboards' files: `python -m deploy.grafana.dashboards_source`, or `make dashboards`."""

from pathlib import Path

from deploy.grafana.dashboards_source.files import written

PLACE = Path(__file__).resolve().parents[1] / "dashboards"


def main() -> None:
    files = written()
    for name, text in files.items():
        file = PLACE / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    for file in PLACE.rglob("*.json"):
        if file.relative_to(PLACE).as_posix() not in files:
            file.unlink()


if __name__ == "__main__":
    main()
