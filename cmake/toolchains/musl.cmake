# This machine's processor with musl instead of glibc (Debian: musl-tools).
set(CMAKE_C_COMPILER musl-gcc)
