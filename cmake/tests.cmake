# srflx_unit_test(NAME_test LIBRARY target [SOURCES more.c...] [LABELS ...])
#
# A cmocka program from NAME_test.c, which lies beside what it tests.
function(srflx_unit_test NAME)
    cmake_parse_arguments(UNIT "" "LIBRARY;SUBJECT" "SOURCES;LABELS" ${ARGN})
    add_executable(${NAME} ${NAME}.c ${UNIT_SOURCES})
    target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests/include
                               ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${NAME} PRIVATE ${UNIT_LIBRARY} PkgConfig::CMOCKA)
    target_compile_definitions(${NAME} PRIVATE SRFLX_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME unit.${NAME} COMMAND ${NAME})
    set_tests_properties(unit.${NAME} PROPERTIES LABELS "unit;${UNIT_LABELS}" TIMEOUT 120)
endfunction()
