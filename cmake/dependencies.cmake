# Everything from outside, found once. scripts/install-dependencies installs these packages.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(LIBPCAP REQUIRED IMPORTED_TARGET libpcap)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
if(SRFLX_TESTS)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
    # The system's Python is the one that has pytest, whatever comes first in PATH.
    find_program(SRFLX_PYTHON python3 HINTS /usr/bin REQUIRED)
endif()
