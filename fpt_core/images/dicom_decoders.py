"""Which decoder reads which compression of DICOM; JPEG and JPEG-LS by imagecodecs.

pydicom's own plug-in for lossless and 12-bit JPEG rests on a library under the GPL, which
cannot be part of a program that is handed on whole. libjpeg-turbo and CharLS, which
imagecodecs brings, read the same processes. This module has the shape that pydicom asks
of a plug-in.
"""

from __future__ import annotations

import imagecodecs
from pydicom.pixels.decoders.base import Decoder, DecodeRunner, get_decoder
from pydicom.uid import (
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

_OURS = "imagecodecs"
_JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1)
_JPEG_LS = (JPEGLSLossless, JPEGLSNearLossless)
_PLUGINS = {
    **dict.fromkeys((*_JPEG, *_JPEG_LS), _OURS),
    # The compiled RLE decoder panics on damaged data, which is no exception one can catch.
    RLELossless: "pydicom",
}
DECODER_DEPENDENCIES = {uid: ("imagecodecs",) for uid in (*_JPEG, *_JPEG_LS)}


def decoder_of(syntax: UID) -> tuple[Decoder, str]:
    """The decoder of a transfer syntax in pydicom, and the plug-in to use; empty: any.

    Raises:
        NotImplementedError: If there is none.
    """
    decoder, plugin = get_decoder(syntax), _PLUGINS.get(syntax, "")
    if plugin == _OURS and _OURS not in decoder.available_plugins:
        decoder.add_plugin(_OURS, (__name__, _decode_frame.__name__))
    return decoder, plugin


def is_available(uid: str) -> bool:
    """Whether this plug-in reads a transfer syntax."""
    return uid in DECODER_DEPENDENCIES


def _decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """One frame, colour by pixel and as it is stored: pydicom converts it."""
    if runner.transfer_syntax in _JPEG_LS:
        pixels = imagecodecs.jpegls_decode(source)
    elif runner.samples_per_pixel == 1:
        pixels = imagecodecs.jpeg8_decode(source)
    else:
        pixels = imagecodecs.jpeg8_decode(source, colorspace="YCBCR", outcolorspace="YCBCR")
    runner.set_option("planar_configuration", 0)
    runner.set_option("bits_allocated", 8 * pixels.itemsize)
    return bytes(pixels.data)
