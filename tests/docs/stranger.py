"""A writer made from docs/format.md alone: its tables and constants are read off the page, nothing of ours is imported.

What the page leaves to well-known libraries is left to them: PyAV gives a clip's packets, pyarrow writes Parquet.
"""

import base64
import hashlib
import json
import re
import string
import struct
from io import BytesIO
from pathlib import Path

import av
import pyarrow as pa
import pyarrow.parquet as pq
from fastcrc import crc32

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "format.md").read_text("utf-8")
PROSE = " ".join(PAGE.split())


def table(name):
    """The rows of a table of the page, its heads -> cells."""
    lines = PAGE.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0].strip().splitlines()
    heads, _, *rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [dict(zip(heads, row, strict=True)) for row in rows]


def said(pattern):
    """The numbers that the page's prose names."""
    found = re.search(pattern, PROSE)
    assert found, f"the page no longer says {pattern}"
    return [int(one.replace(",", "")) for one in found.groups()]


HEADER = {row["field"]: (int(row["at"]), int(row["bytes"]), row["value"]) for row in table("header")}
COLUMNS = [row["column"] for row in table("columns")]
KNOWN = {row["column"]: row for name in ("columns", "stages") for row in table(name)}
# The state of a column, as an index says it: `0 done, 1 failed, ...`.
STATES = {name: int(number) for number, name in re.findall(r"(\d) (done|failed|n/a|not yet)", PROSE)}
TYPES = {"int32": "<i4", "int64": "<i8", "float32": "<f4", "uint8": "|u1", "bool": "|b1"}
SCALARS = {row["key"]: row["type"] for row in table("scalars")}
MEDIA = {key: row["of"] for row in table("media") for key in re.findall(r"`(\w+)`", row["key"])}
FRONT = re.findall(r"^\| `(\w+)` \|", PAGE.split("## Front record")[1].split("**Generation**")[0], re.M)
NESTED = re.findall(r"^\| `(\w+)` \|", PAGE.split("Nested keys, not in the index:")[1].split("**Upright.**")[0], re.M)
[BLOCK] = said(r"one ustar header of (\d+) bytes")
[LONG_NAME] = said(r"A name of more than (\d+) bytes")
[LARGE] = said(r"8 GiB \(2\^(\d+) bytes\)")
[SHOWN] = said(r"with the first (\d+) bytes of the member's name")
STEP, LEAST = said(r"the least multiple of (\d+), at least (\d+),")
[DIGITS] = said(r"bytes of the whole file, (\d+) digits")
[COUNT_DIGITS] = said(r"`members` \| members, (\d+) digits")
LONGEST_KEY, KEPT = said(r"Of a key longer than (\d+) bytes the first (\d+) are kept")
[SHARED] = said(r"gets its first (\d+) bytes and `-2`")
[MOST_SCALARS] = said(r"beyond the first ([\d,]+) keys")
[UNKNOWN_TIME] = said(r"does not give is -2\^(\d+)")
[TABLE_HEADER] = said(r"The npy header takes (\d+) bytes")
SIGNS = re.search(r"letter or digit, `(.)`, `(.)` or `(.)`,", PROSE)
PLAIN = string.ascii_letters + string.digits + "".join(SIGNS.groups())
[NPY_STEP] = said(r"filled with spaces up to a multiple of (\d+) bytes")


def canonical(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def blake(body, size):
    return hashlib.blake2b(body, digest_size=size).hexdigest()


def fingerprint(record):
    return blake(canonical(record), 16)


def shown(name):
    """A clip's name, bytes, as the json holds it."""
    return name.decode("utf-8", "backslashreplace")


def keys(names):
    """The key of each clip's name, in order; names are bytes."""
    taken = []
    for name in names:
        letters = [chr(byte) if chr(byte) in PLAIN else f"={byte:02X}" for byte in name]
        plain = "".join([letters[0].replace("-", "=2D"), *letters[1:]])
        if len(plain) > LONGEST_KEY:
            plain = re.sub("=.?$", "", plain[:KEPT]) + "=~" + blake(name, 4)
        key, count = plain, 2
        while key in taken:
            key, count = f"{plain[:SHARED]}-{count}", count + 1
        taken.append(key)
    return taken


def header(name, size, crc=None, kind=b"0"):
    """A header block; without a crc32c one that has neither mark nor crc32c."""
    block = bytearray(BLOCK)

    def put(field, value=None):
        at, room, constant = HEADER[field]
        value = constant.strip("`").replace("\\0", "\0").encode() if value is None else value
        assert len(value) <= room
        block[at : at + len(value)] = value

    for field, (_, _, value) in HEADER.items():
        if value.startswith("`") and field != "mark":
            put(field)
    put("name", name)
    put("size", b"%011o\0" % size)
    put("type", kind)
    if crc is not None:
        put("mark")
        put("crc32c", crc.to_bytes(4, "big"))
    put("checksum", b" " * 8)
    put("checksum", b"%06o\0 " % sum(block))
    return bytes(block)


def record(key, value):
    rest = b" %s=%s\n" % (key, value)
    length = next(n for n in range(len(rest), len(rest) + 30) if n == len(rest) + len(str(n)))
    return b"%d" % length + rest


def padded(body):
    return body + bytes(-len(body) % BLOCK)


def member_header(name, size, crc):
    long, large = len(name) > LONG_NAME, size >= 2**LARGE
    said = record(b"path", name) * long + record(b"size", b"%d" % size) * large
    extended = header(b"PaxHeaders/" + name[:SHOWN], len(said), kind=b"x") + padded(said) if said else b""
    return extended + header(name[:LONG_NAME], 0 if large else size, crc)


def front(generation, length, members, samples, provenance):
    values = {
        "check": b"0" * 8,
        "format": b"1",
        "generation": generation.encode(),
        "length": b"%0*d" % (DIGITS, length),
        "members": b"%0*d" % (COUNT_DIGITS, members),
        "samples": b"%0*d" % (COUNT_DIGITS, samples),
        "provenance": canonical({fingerprint(one): one for one in provenance}),
    }
    assert [*values, "pad"] == FRONT
    body = b"".join(record(b"FACESHARDS." + key.encode(), value) for key, value in values.items())
    size = LEAST
    while not (pad := filling(size - len(body))):
        size += STEP
    whole = header(b"faceshards", size, kind=b"g") + body + pad
    check = b"FACESHARDS.check="
    return whole.replace(check + b"0" * 8, check + b"%08x" % crc32.iscsi(whole), 1)


def filling(room):
    """The record `pad` of so many bytes, or nothing."""
    found = (record(b"FACESHARDS.pad", b" " * spaces) for spaces in range(max(0, room - 30), max(0, room)))
    return next((one for one in found if len(one) == room), b"")


def completed(members):
    """The members, with what stands for no value where one has no bytes, and the json that says so."""
    void = [name for name, body in members.items() if not body]
    facts = json.loads(members["json"])
    states = {name: facts.get("states", {}).get(name) or implied(facts, name) for name in void}
    if void:
        members = members | {"json": canonical(facts | {"states": facts.get("states", {}) | states})}
    return members | {name: no_value(name) for name in void}


def implied(facts, column):
    """Why a column has no value, where the json does not say."""
    maker = KNOWN[column]["made by"] if column in KNOWN else None
    if maker in [one["stage"] for one in facts.get("failures", [])]:
        return "failed"
    return "n/a" if column == "sound.packets.npy" and not facts.get("sound_codec") else "not yet"


def no_value(column):
    """The smallest member that the column's codec decodes."""
    suffix = column.rpartition(".")[2]
    if suffix != "npy":
        return {"msg": b"\xc0", "json": b"null"}.get(suffix, b"")
    known = KNOWN.get(column, {"dtype": "float32", "shape": "(0,)"})
    axes = [one.strip() for one in known["shape"].strip("()").split(",")[1:]]
    return npy_head(TYPES[known["dtype"]], (0, *(int(one) for one in axes if one.isdigit())))


def write(path, samples, provenance):
    """Writes NAME.tar and NAME.parquet; `samples` are (key, column -> bytes, none of them where there is no value)."""
    samples = [(key, completed(members)) for key, members in samples]
    facts = [json.loads(members["json"]) for _, members in samples]
    own = sorted(name for name in samples[0][1] if name not in COLUMNS)
    columns = [name for name in COLUMNS if name in samples[0][1]] + own
    start = len(front("0" * 32, 0, 0, 0, provenance))
    tar, hashed, rows = bytearray(start), b"", []
    for (key, members), told in zip(samples, facts, strict=True):
        begin, extents = len(tar), {}
        for column in columns:
            name, body = f"{key}.{column}".encode(), members[column]
            crc = crc32.iscsi(body)
            tar += member_header(name, len(body), crc)
            state = STATES[told.get("states", {}).get(column, "done")]
            extents[column] = {"offset": len(tar), "size": len(body), "crc32c": crc, "state": state}
            tar += padded(body)
            hashed += struct.pack(">I", len(name)) + name + struct.pack(">QI", len(body), crc)
        rows.append({"key": key, "offset": begin, "size": len(tar) - begin, **extents})
    tar += bytes(2 * BLOCK)
    generation = blake(hashed, 16)
    tar[:start] = front(generation, len(tar), len(rows) * len(columns), len(rows), provenance)
    path.write_bytes(tar)
    write_index(path.with_suffix(".parquet"), rows, columns, facts, generation, len(tar))


def write_index(path, rows, columns, facts, generation, length):
    extent = pa.struct([("offset", pa.int64()), ("size", pa.int64()), ("crc32c", pa.uint32()), ("state", pa.uint8())])
    kinds = {"key": pa.string(), "offset": pa.int64(), "size": pa.int64(), **dict.fromkeys(columns, extent)}
    arrays = {name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()}
    for name in list(dict.fromkeys(name for one in facts for name in one))[:MOST_SCALARS]:
        values = [one.get(name) for one in facts]
        if name not in {*arrays, *NESTED, "failed"} and (array := scalar(name, values)) is not None:
            arrays[name] = array
    failed = [" ".join(f"{one['stage']}:{one['code']}" for one in each.get("failures", [])) for each in facts]
    index = pa.table({**arrays, "failed": pa.array(failed, pa.string())})
    pairs = [(field.name, str(field.type)) for field in index.schema]
    stamp = {"format": 1, "generation": generation, "length": length, "columns": columns}
    stamp["schema"] = crc32.iscsi(repr(pairs).encode())
    pq.write_table(
        index.replace_schema_metadata({"faceshards": json.dumps(stamp)}),
        path,
        write_page_checksum=True,
        use_dictionary=False,
    )


def scalar(name, values):
    there = [one for one in values if one is not None]
    if name == "fps":
        values = there = [one[0] / one[1] if isinstance(one, list) else one for one in values]
    if name in SCALARS:
        kind = {"string": str, "int64": int, "double": (int, float)}[SCALARS[name]]
        fitting = [one if isinstance(one, kind) and not isinstance(one, bool) else None for one in values]
        return pa.array(fitting, pa.type_for_alias(SCALARS[name]))
    types = {type(one) for one in there}
    if not there or types & {dict, list} or not name.isprintable():
        return None
    if types == {bool}:
        return pa.array(values, pa.bool_())
    if types == {int} and all(-(2**63) <= one < 2**63 for one in there):
        return pa.array(values, pa.int64())
    if types <= {int, float}:
        return pa.array([None if one is None else float(one) for one in values], pa.float64())
    return pa.array([None if one is None else str(one) for one in values], pa.string())


def packets(body):
    """The member `packets.npy` of a clip's video, and what its json says of it."""
    with av.open(BytesIO(body)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        rows = []
        for packet in container.demux(stream):
            if packet.size:
                own = bytes(packet)
                at = (
                    -1
                    if packet.pos is None or packet.pos < 0
                    else body.find(own, packet.pos, packet.pos + 64 + len(own))
                )
                times = [-(2**UNKNOWN_TIME) if one is None else one for one in (packet.pts, packet.dts)]
                rows.append((*times, at, len(own), int(packet.is_keyframe), int(packet.is_discard), own))
        shown = [row[0] for row in rows if not row[5]]
        told = {
            "codec": context.codec.canonical_name,
            "extradata": base64.b64encode(context.extradata or b"").decode(),
            "tag": context.codec_tag,
            "bytes": len(body),
            "ranged": all(row[2] >= 0 for row in rows) and len(set(shown)) == len(shown),
            "rows": len(rows),
            "time_base": list(stream.time_base.as_integer_ratio()),
            "width": context.width,
            "height": context.height,
            "pix_fmt": context.pix_fmt,
            "color_range": int(context.color_range),
            "colorspace": int(context.colorspace),
            "reorder": context.reorder_depth,
            "zero": min(shown),
        }
    assert {key for key, of in MEDIA.items() if of != "sound"} - told.keys() == {"seek", "rotation"}, (
        "these may be absent"
    )
    return packed([row[:-1] for row in rows], [row[-1] for row in rows]), told


def sound_packets(body, zero):
    """The same of its sound, whose packets follow one another at the stream's own rate; `zero`: the first picture's
    time in seconds.
    """
    with av.open(BytesIO(body)) as container:
        stream = container.streams.audio[0]
        context, rate = stream.codec_context, stream.codec_context.sample_rate
        found = [packet for packet in container.demux(stream) if packet.size]
        owns = [bytes(packet) for packet in found]
        rows = [
            (
                round(one.pts * rate * stream.time_base) - round(zero * rate),
                one.duration,
                body.find(own, one.pos),
                len(own),
            )
            for one, own in zip(found, owns, strict=True)
        ]
        told = {
            "codec": context.codec.canonical_name,
            "extradata": base64.b64encode(context.extradata or b"").decode(),
            "tag": context.codec_tag,
            "bytes": len(body),
            "ranged": True,
            "rows": len(rows),
            "rate": rate,
            "layout": context.layout.name,
        }
    assert {key for key, of in MEDIA.items() if of != "video"} - told.keys() == {"step"}, "it may be absent"
    return packed(rows, owns), told


def packed(rows, bodies):
    """Rows with their checks as an npy file."""
    whole = []
    for row, body in zip(rows, bodies, strict=True):
        own = crc32.iscsi(struct.pack(f"<{len(row)}q", *row)) & 0x7FFFFFFF
        whole.append((*row, own << 32 | crc32.iscsi(body)))
    if all(-(2**31) <= one < 2**31 for row in rows for one in row):
        numbers = [struct.unpack("<2i", struct.pack("<q", one)) for *_, one in whole]
        return npy("<i4", "i", [(*row, *check) for row, check in zip(rows, numbers, strict=True)])
    return npy("<i8", "q", whole)


def npy(kind, letter, rows):
    head = npy_head(kind, (len(rows), len(rows[0])))
    assert len(head) == TABLE_HEADER
    return head + b"".join(struct.pack(f"<{len(row)}{letter}", *row) for row in rows)


def npy_head(kind, shape):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(10 + len(text) + 1) % NPY_STEP) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
