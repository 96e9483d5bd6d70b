import pytest

from surtitle.pipelines.rendering.reproducible import x264_arguments_for


@pytest.mark.parametrize(
    ("flags", "arguments"),
    [
        ("fpu sse sse2 avx avx2 avx512f avx512dq", ["-x264-params", "asm=avx2"]),
        ("fpu sse sse2 avx avx2", []),
    ],
)
def test_only_a_processor_with_avx_512_is_held_back(flags: str, arguments: list[str]) -> None:
    assert x264_arguments_for(f"processor\t: 0\nmodel name\t: any\nflags\t\t: {flags}\n") == arguments
