"""Recordings heard by senko. Runs in the peer's own environment: nothing of ours can be imported here."""

import json
import sys
import time


def main() -> None:
    import senko  # type: ignore[import-not-found]  # noqa: PLC0415 - only its own environment has it

    diarizer = senko.Diarizer(device="cpu", vad="silero", clustering="cpu", warmup=True, quiet=True)
    # Its first run compiles what it clusters with.
    diarizer.diarize(sys.argv[1], generate_colors=False)
    for path in sys.argv[1:]:
        began, processor_began = time.perf_counter(), time.process_time()
        found = diarizer.diarize(path, generate_colors=False)
        took, processor = time.perf_counter() - began, time.process_time() - processor_began
        segments = found["merged_segments"] if found else []
        turns = [(float(one["start"]), float(one["end"]), str(one["speaker"])) for one in segments]
        # A line of its own: libraries print as they go.
        print(f"\n{json.dumps({'path': path, 'seconds': took, 'processor': processor, 'turns': turns})}")


if __name__ == "__main__":
    main()
