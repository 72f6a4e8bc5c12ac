"""`cmake --install` into an empty folder, and a program outside the tree that uses what lies there."""

import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
SOURCE = HERE.parents[1]
BUILD = pathlib.Path(os.environ["SRFLX_BUILD"])
MAIN = HERE / "outside/main.c"
OUTPUT = ("192.0.2.7:4242\n"
          "'stun://example': nothing stands between the scheme and the host, no // either\n")
DECLARATION = re.compile(r"^/\* (\S+):\d+:\S+ \*/ .*?(\w+) \(", re.M)
KINDS = pytest.mark.parametrize("kind", ["shared", "static"])


def run(*command, **options):
    options = {"check": True, "stdout": subprocess.PIPE, "text": True, **options}
    return subprocess.run(command, **options).stdout


@pytest.fixture(name="prefix", scope="module")
def installed_prefix(tmp_path_factory):
    """Without debuggers' notes, which name the source folder; cmake leaves those of archives."""
    prefix = tmp_path_factory.mktemp("installed")
    run("cmake", "--install", BUILD, "--prefix", prefix, "--strip")
    run("strip", "--strip-debug", *prefix.rglob("*.a"))
    return prefix


@pytest.fixture(name="libdir")
def folder_of_libraries(prefix):
    return next(prefix.rglob("libsrflx.so")).parent


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def headers(*folders):
    """Names of the public headers in these folders of the tree."""
    return {path.name for folder in folders for path in SOURCE.glob(f"{folder}/include/srflx/*.h")}


# What is installed


def test_libraries_headers_programs_pages_and_licence_are_there(prefix, libdir):
    lib = libdir.relative_to(prefix)
    version = run(prefix / "bin/srflx", "--version").split()[1]
    libraries = {f"{lib}/lib{name}.{ending}" for name in ["srflx", "srflx-io"]
                 for ending in ["a", "so", "so.0", f"so.{version}"]}
    package = {name for name in files(prefix) if name.startswith(f"{lib}/cmake/srflx/srflx")}
    assert files(prefix) == libraries | package | {
        "bin/srflx", "sbin/srflxd",
        "share/doc/srflx/LICENSE", "share/doc/srflx/srflx-decode.schema.json", "share/doc/srflx/srflxd.yaml",
        "share/man/man1/srflx.1", "share/man/man3/libsrflx.3", "share/man/man8/srflxd.8",
        f"{lib}/pkgconfig/srflx.pc", f"{lib}/pkgconfig/srflx-io.pc",
        *(f"include/srflx/{name}" for name in headers("lib/*", "io")),
    }
    assert f"{lib}/cmake/srflx/srflxConfig.cmake" in package


def test_no_file_names_the_tree_it_comes_from(prefix):
    for name in sorted(files(prefix)):
        content = (prefix / name).read_bytes()
        for folder in [SOURCE, BUILD]:
            named = re.search(rb"(?<![\w./}-])" + re.escape(bytes(folder)) + rb"(?![\w.-])", content)
            assert not named, f"{name} names {folder}"


@pytest.mark.parametrize("program", ["bin/srflx", "sbin/srflxd"])
def test_programs_run_without_our_libraries(prefix, program):
    name = program.split("/")[1]
    assert re.fullmatch(rf"{name} \d+\.\d+\.\d+\n", run(prefix / program, "--version"))
    assert "libsrflx" not in run("readelf", "-d", prefix / program)


def entries(library, tag):
    """The values of a kind of entry in the dynamic section."""
    found = re.findall(rf"\({tag}\).*\[(.*)\]", run("readelf", "-d", library))
    return {name for name in found if not name.startswith("ld-linux")}


def test_libraries_know_their_names_and_needs(libdir):
    assert entries(libdir / "libsrflx.so", "SONAME") == {"libsrflx.so.0"}
    assert entries(libdir / "libsrflx.so", "NEEDED") == {
        "libdeflate.so.0", "libidn.so.12", "libnettle.so.8", "libunistring.so.2", "libc.so.6"}
    assert entries(libdir / "libsrflx-io.so", "SONAME") == {"libsrflx-io.so.0"}
    assert entries(libdir / "libsrflx-io.so", "NEEDED") == {
        "libsrflx.so.0", "libssl.so.3", "libcrypto.so.3", "libcares.so.2", "libc.so.6"}
    for name in ["libsrflx.so", "libsrflx-io.so"]:
        assert entries(libdir / name, "RPATH|RUNPATH") == set()


def declared(prefix, scratch):
    """Header -> functions that it declares, as the compiler understands it."""
    include = prefix / "include"
    source, notes = scratch / "all.c", scratch / "all.notes"
    names = sorted(path.name for path in include.glob("srflx/*.h"))
    source.write_text("".join(f"#include <srflx/{name}>\n" for name in names), encoding="utf-8")
    run("gcc", f"-I{include}", "-fsyntax-only", "-aux-info", notes, source)
    found = {name: set() for name in names}
    for path, function in DECLARATION.findall(notes.read_text(encoding="utf-8")):
        if path.startswith(f"{include}/"):
            found[pathlib.Path(path).name].add(function)
    return found


def exported(library):
    rows = run("nm", "-D", "--defined-only", library).splitlines()
    return {row.split()[2].partition("@")[0] for row in rows if row.split()[1] != "A"}


def test_exports_are_the_functions_of_the_public_headers(prefix, libdir, tmp_path):
    functions = declared(prefix, tmp_path)
    for library, folder in [("libsrflx.so", "lib/*"), ("libsrflx-io.so", "io")]:
        assert exported(libdir / library) == set().union(*(functions[h] for h in headers(folder)))


# A program outside


def flags(libdir, kind):
    static = ["--static"] if kind == "static" else []
    words = run("pkg-config", *static, "--cflags", "--libs", "srflx-io",
                env={**os.environ, "PKG_CONFIG_PATH": f"{libdir}/pkgconfig"})
    link = "-static" if kind == "static" else f"-Wl,-rpath,{libdir}"
    return [*words.split(), link]


def check_program(program, kind):
    assert run(program) == OUTPUT
    ours = {name for name in entries(program, "NEEDED") if name.startswith("libsrflx")}
    assert ours == ({"libsrflx.so.0", "libsrflx-io.so.0"} if kind == "shared" else set())


@KINDS
@pytest.mark.parametrize("compiler", [["gcc", "-std=c99"], ["g++", "-std=c++11", "-xc++"]])
def test_pkg_config(libdir, tmp_path, compiler, kind):
    program = tmp_path / "outside"
    strict = ["-pedantic", "-Wall", "-Wextra", "-Werror"]
    run(*compiler, *strict, MAIN, "-xnone", "-o", program, *flags(libdir, kind))
    check_program(program, kind)


@KINDS
def test_cmake(prefix, tmp_path, kind):
    static = "ON" if kind == "static" else "OFF"
    run("cmake", "-G", "Ninja", "-S", MAIN.parent, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DSTATIC={static}")
    run("cmake", "--build", tmp_path)
    check_program(tmp_path / "outside", kind)


def test_the_example_of_the_man_page_compiles(prefix):
    page = (SOURCE / "docs/man/libsrflx.3.scd").read_text(encoding="utf-8")
    program = page.partition("# EXAMPLE")[2].split("```")[1].replace("\\\\", "\\")
    run("gcc", f"-I{prefix}/include", "-std=c99", "-Wall", "-Werror", "-fsyntax-only", "-xc", "-",
        input=program)
