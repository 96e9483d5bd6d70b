"""Asks the API what is ready, in its container (`make health`). Ends with 1 where something is not."""

import json
import sys
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.request import urlopen


def main() -> int:
    try:
        with urlopen("http://127.0.0.1:8000/health/ready", timeout=30) as answer:
            status, told = answer.status, json.load(answer)
    except HTTPError as error:
        status, told = error.code, json.load(error)
    except URLError as error:
        sys.stdout.write(f"The API does not answer: {error.reason}\n")
        return 1
    for check in told.get("checks", []):
        sys.stdout.write(
            f"{'ready    ' if check['ready'] else 'NOT READY'}  {check['name']}: {check['detail']}\n"
        )
    return 0 if status == HTTPStatus.OK else 1


sys.exit(main())
