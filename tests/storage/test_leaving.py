import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, sys
from pathlib import Path
from surtitle.config import StorageSettings
from surtitle.storage.opening import open_storage

async def main():
    store = open_storage(StorageSettings(), Path(sys.argv[1]))
    await store.put_bytes("a", b"x")
    await store.delete("a")

asyncio.run(main())
"""
PROCESSES = 16
AT_ONCE = 4


def test_a_process_that_ends_right_after_using_the_store_does_not_crash(tmp_path: Path) -> None:
    codes = []
    for first in range(0, PROCESSES, AT_ONCE):
        begun = [
            subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path / str(first + number))])
            for number in range(AT_ONCE)
        ]
        codes += [process.wait(60) for process in begun]
    assert codes == [0] * PROCESSES
