# Everything from outside, found once. scripts/install-dependencies installs these packages.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# What libsrflx needs, and so does whoever links its archive: modules of pkg-config, and a library that
# comes without one.
set(SRFLX_MODULES libdeflate nettle)
set(SRFLX_LIBRARIES)
if(SRFLX_IDN)
    list(APPEND SRFLX_MODULES libidn)
endif()
if(SRFLX_UNISTRING)
    find_path(UNISTRING_HEADERS uninorm.h REQUIRED)
    find_library(UNISTRING_LIBRARY unistring REQUIRED)
    list(APPEND SRFLX_LIBRARIES unistring)
endif()
foreach(module ${SRFLX_MODULES})
    string(TOUPPER ${module} name)
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()

# What libsrflx-io needs besides, likewise.
set(SRFLX_IO_MODULES openssl libcares)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl>=3.0)
pkg_check_modules(LIBCARES REQUIRED IMPORTED_TARGET libcares>=1.18)

pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(LIBPCAP REQUIRED IMPORTED_TARGET libpcap)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
if(SRFLX_TESTS)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
    # The system's Python is the one that has pytest, whatever comes first in PATH.
    find_program(SRFLX_PYTHON python3 HINTS /usr/bin REQUIRED)
endif()
