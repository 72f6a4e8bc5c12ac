# srflx_unit_test(NAME_test LIBRARY target [SOURCES more.c...] [LABELS ...])
#
# A cmocka program from NAME_test.c, which lies beside what it tests. Skipping is loud: a program that
# skips anything shows as skipped in ctest's summary, unless something in it failed.
function(srflx_unit_test NAME)
    cmake_parse_arguments(UNIT "" "LIBRARY;SUBJECT" "SOURCES;LABELS" ${ARGN})
    add_executable(${NAME} ${NAME}.c ${UNIT_SOURCES})
    target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests/include
                               ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${NAME} PRIVATE ${UNIT_LIBRARY} PkgConfig::CMOCKA)
    target_compile_definitions(${NAME} PRIVATE SRFLX_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME unit.${NAME} COMMAND ${NAME})
    set_tests_properties(unit.${NAME} PROPERTIES
        LABELS "unit;${UNIT_LABELS}"
        TIMEOUT 120
        SKIP_REGULAR_EXPRESSION "SKIPPED TEST\\(S\\)[\n ]*$")
endfunction()

# srflx_pytest(NAME FILE [LABELS ...] [TIMEOUT seconds])
#
# A pytest file about the built programs: it finds their paths in SRFLX and SRFLXD, others under the
# build folder SRFLX_BUILD. Skipping is as loud as above.
function(srflx_pytest NAME FILE)
    cmake_parse_arguments(PYTEST "" "TIMEOUT" "LABELS" ${ARGN})
    if(NOT PYTEST_TIMEOUT)
        set(PYTEST_TIMEOUT 300)
    endif()
    set(PYTEST_PROGRAMS
        SRFLX=$<TARGET_FILE:srflx_tool> SRFLXD=$<TARGET_FILE:srflxd> SRFLX_BUILD=${PROJECT_BINARY_DIR}
        XDG_CACHE_HOME=/dev/null) # what the tool learns in one test is none of another's business
    add_test(NAME ${NAME}
        COMMAND ${SRFLX_PYTHON} -B -m pytest -p no:cacheprovider -rs
            ${CMAKE_CURRENT_SOURCE_DIR}/${FILE})
    set_tests_properties(${NAME} PROPERTIES
        LABELS "${PYTEST_LABELS}"
        TIMEOUT ${PYTEST_TIMEOUT}
        ENVIRONMENT "${PYTEST_PROGRAMS}"
        SKIP_REGULAR_EXPRESSION "=== ([0-9]+ passed, )?[0-9]+ skipped")
endfunction()
