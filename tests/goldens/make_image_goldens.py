#!/usr/bin/env python3
"""Makes tests/goldens/images/: small pictures in the forms that photographs come in, and expected.txt with pixels as Pillow decodes them;
and the seeds of tests/fuzz/corpus/decode.

Needs numpy, Pillow and the TurboJPEG library (for 4:4:0, which Pillow does not write). Run from anywhere; the files are in the tree.
"""
import ctypes
import struct
import zlib
from pathlib import Path

import numpy
from PIL import Image

FOLDER = Path(__file__).resolve().parent / "images"
WIDTH, HEIGHT = 149, 117  # not multiples of a block, several blocks of every sampling


def photograph(width, height):
    """Smooth colours, sharp edges and a little texture."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    red = 128 + 100 * numpy.sin(x / 17) * numpy.cos(y / 23)
    green = 255 * x / width
    blue = 255 * y / height
    picture = numpy.stack([red, green, blue], axis=-1)
    picture[(x - 60) ** 2 + (y - 50) ** 2 < 500] = (230, 20, 40)
    picture[((x // 3 + y // 5) % 2 == 0) & (x > 110)] = (10, 200, 250)
    return numpy.clip(picture + numpy.random.default_rng(7).normal(0, 4, picture.shape), 0, 255).astype(numpy.uint8)


def write_440(path, pixels):
    turbo = ctypes.CDLL("libturbojpeg.so.0")
    turbo.tjInitCompress.restype = ctypes.c_void_p
    pixels = numpy.ascontiguousarray(pixels)
    buffer, size = ctypes.c_void_p(), ctypes.c_ulong()
    samp_440 = 4  # TJSAMP_440
    status = turbo.tjCompress2(ctypes.c_void_p(turbo.tjInitCompress()), pixels.ctypes.data_as(ctypes.c_void_p), pixels.shape[1], 0, pixels.shape[0], 0,
                               ctypes.byref(buffer), ctypes.byref(size), samp_440, 75, 0)
    assert status == 0
    path.write_bytes(ctypes.string_at(buffer, size.value))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, header, rows):
    """A PNG whose filtered rows are given: for what Pillow does not write."""
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *header)) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def adam7_rows(pixels):
    """Unfiltered rows of the seven passes (PNG specification, section 8.2)."""
    rows = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for row in pixels[y0::dy, x0::dx]:
            rows += b"\0" + row.tobytes()
    return rows


def write_pictures():
    pixels = photograph(WIDTH, HEIGHT)
    picture = Image.fromarray(pixels)
    for name, subsampling in (("444", "4:4:4"), ("422", "4:2:2"), ("420", "4:2:0")):
        picture.save(FOLDER / f"baseline_{name}.jpg", quality=60, subsampling=subsampling)
    picture.save(FOLDER / "progressive_420.jpg", quality=60, progressive=True)
    picture.save(FOLDER / "progressive_444.jpg", quality=60, progressive=True, subsampling="4:4:4")
    picture.save(FOLDER / "restart_420.jpg", quality=60, restart_marker_blocks=3)
    picture.convert("L").save(FOLDER / "grey.jpg", quality=60)
    picture.convert("CMYK").save(FOLDER / "cmyk.jpg", quality=60)
    # The same bytes declared YCCK: strange colours, but Pillow says which.
    adobe = bytearray((FOLDER / "cmyk.jpg").read_bytes())
    at = adobe.index(b"Adobe")
    assert adobe[at + 11] == 0
    adobe[at + 11] = 2
    (FOLDER / "ycck.jpg").write_bytes(adobe)
    write_440(FOLDER / "baseline_440.jpg", pixels)

    small = picture.resize((37, 29))
    small.save(FOLDER / "really_png.JPEG", format="PNG")
    small.quantize(16).save(FOLDER / "palette.png")
    small.convert("L").save(FOLDER / "grey.png")
    small.convert("1").save(FOLDER / "one_bit.png")
    with_alpha = small.convert("RGBA")
    with_alpha.putalpha(Image.linear_gradient("L").resize(small.size))
    with_alpha.save(FOLDER / "alpha.png")
    values = numpy.asarray(small)
    write_png(FOLDER / "interlaced.png", (37, 29, 8, 2, 0, 0, 1), adam7_rows(values))
    deep = (values.astype(">u2") << 8) | 0x40
    write_png(FOLDER / "sixteen_bit.png", (37, 29, 16, 2, 0, 0, 0), b"".join(b"\0" + row.tobytes() for row in deep.astype(">u2")))


def write_expected():
    lines = ["# file x y red green blue, as Pillow decodes it; written by make_image_goldens.py"]
    for path in sorted(FOLDER.iterdir()):
        if path.suffix not in (".jpg", ".png", ".JPEG"):
            continue
        stored = Image.open(path)
        if path.name == "alpha.png":
            rgb = numpy.asarray(stored)[..., :3]  # colour as stored
        else:
            rgb = numpy.asarray(stored.convert("RGB"))
        height, width = rgb.shape[:2]
        for x, y in ((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1), (width // 3, height // 2), (width // 2, height // 3)):
            lines.append(f"{path.name} {x} {y} " + " ".join(str(v) for v in rgb[y, x]))
    (FOLDER / "expected.txt").write_text("\n".join(lines) + "\n")


def write_seeds():
    folder = FOLDER.parents[1] / "fuzz/corpus/decode"
    folder.mkdir(parents=True, exist_ok=True)
    y, x = numpy.mgrid[0:20, 0:36]
    picture = Image.fromarray(numpy.stack([x * 7, y * 12, x * y % 256], axis=-1).astype(numpy.uint8))
    quarter_turn = Image.Exif()
    quarter_turn[0x0112] = 6
    picture.save(folder / "baseline_420.jpg", quality=40)
    picture.save(folder / "exif_422.jpg", quality=40, subsampling="4:2:2", exif=quarter_turn)
    picture.save(folder / "progressive.jpg", quality=40, progressive=True)
    picture.save(folder / "restart.jpg", quality=40, restart_marker_blocks=1)
    picture.convert("CMYK").save(folder / "cmyk.jpg", quality=30)
    picture.convert("L").save(folder / "grey.jpg", quality=40)
    picture.quantize(8).save(folder / "palette.png")
    picture.resize((12, 9)).convert("RGBA").save(folder / "alpha.png")
    (folder / "one_bit.png").write_bytes((FOLDER / "one_bit.png").read_bytes())


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_pictures()
    write_expected()
    write_seeds()
