"""What a measurement depends on besides the code: processor, instructions and versions."""

import csv
import pathlib
import platform
import shutil
import subprocess

LEVELS = {"avx512": {"avx512f", "avx512dq", "avx512vl"}, "avx2": {"avx2", "fma"}}  # best first


def cpuinfo(key):
    """A field of the first processor, or nothing."""
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return ""


def processor():
    return cpuinfo("model name") or platform.processor()


def levels():
    """The values of REMEASURE_VECTORS that this processor supports, best first."""
    flags = set(cpuinfo("flags").split())
    return [name for name, needed in LEVELS.items() if needed <= flags] + ["portable"]


def compiler():
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()


def described():
    return f"{processor()} ({levels()[0]}): remeasure by {compiler()}"


def r_versions(*packages):
    """Versions of R and those of its packages that are installed; nothing without R."""
    if not shutil.which("Rscript"):
        return {}
    program = (
        'cat("R", paste(R.version$major, R.version$minor, sep = "."), "\\n");'
        "for (p in commandArgs(trailingOnly = TRUE)) if (requireNamespace(p, quietly = TRUE))"
        ' cat(p, format(packageVersion(p)), "\\n")'
    )
    found = subprocess.run(["Rscript", "-e", program, *packages], capture_output=True, text=True).stdout
    return dict(line.split() for line in found.splitlines())


def named(versions):
    return ", ".join(f"{name} {version}" for name, version in versions.items())


ROW = ("work", "ours", "ours_ms", "peer", "peer_ms")


def save_rows(path, rows):
    """Rows for the overview: one for each case, with the fastest peer."""
    if path:
        with open(path, "w", newline="") as file:
            csv.writer(file).writerows([ROW, *rows])
