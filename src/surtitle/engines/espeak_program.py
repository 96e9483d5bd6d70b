"""A process that stands in for the program espeak-ng, over the library that `espeakng-loader` carries.

    python -m surtitle.engines.espeak_program -v VOICE [-s RATE] [-q --ipa --tie=^ | --stdout] --stdin

It understands the options that we use, and no others. Constants: espeak-ng's speak_lib.h.
"""

import argparse
import ctypes
import sys

from surtitle.engines.sound import wav_header

_SYNCHRONOUS = 2
_RATE_PARAMETER = 1
_UTF8 = 1
_TO_THE_END = 0
_IPA = 0x02
_TIE = 0x80
_TIE_SHIFT = 8
_BUFFER_MILLISECONDS = 200

_Receive = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main() -> int:
    told = _arguments()
    text = sys.stdin.buffer.read()
    library, rate_hz = _opened()
    if library.espeak_SetVoiceByName(told.voice.encode()) != 0:
        sys.stderr.write(f"there is no voice {told.voice}\n")
        return 1
    library.espeak_SetParameter(_RATE_PARAMETER, told.speed, 0)
    sys.stdout.buffer.write(_phonemes(library, text) if told.ipa else _spoken(library, text, rate_hz))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="voice", required=True)
    parser.add_argument("-s", dest="speed", type=int, default=175)
    for flag in ("-q", "--ipa", "--stdout", "--stdin"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--tie")
    return parser.parse_args()


def _opened() -> tuple[ctypes.CDLL, int]:
    import espeakng_loader  # noqa: PLC0415 - the extra `espeak`

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    data = str(espeakng_loader.get_data_path()).encode()
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MILLISECONDS, data, 0)
    if rate_hz <= 0:
        raise SystemExit("the data of espeak-ng cannot be read")
    return library, rate_hz


def _phonemes(library: ctypes.CDLL, text: bytes) -> bytes:
    """A line for each clause, as the program writes them."""
    buffer = ctypes.create_string_buffer(text)
    rest = ctypes.c_void_p(ctypes.addressof(buffer))
    mode = _IPA | _TIE | (ord("^") << _TIE_SHIFT)
    lines = []
    while rest.value:
        lines.append(library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, mode) or b"")
    return b"\n".join(lines) + b"\n"


def _spoken(library: ctypes.CDLL, text: bytes, rate_hz: int) -> bytes:
    heard = bytearray()

    def receive(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count > 0:
            heard.extend(ctypes.string_at(samples, count * 2))
        return 0

    callback = _Receive(receive)
    library.espeak_SetSynthCallback(callback)
    library.espeak_Synth(text, len(text) + 1, 0, 0, _TO_THE_END, _UTF8, None, None)
    library.espeak_Synchronize()
    return wav_header(len(heard) // 2, rate_hz) + bytes(heard)


if __name__ == "__main__":
    sys.exit(main())
