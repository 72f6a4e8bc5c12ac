# Links nothing but the library, the memory driver and libFuzzer: MemorySanitizer sees only what is
# built with it.
add_executable(fuzz_dictionary dictionary.c)
add_executable(fuzz_seeds seeds.c ../vectors/vector.c)
target_include_directories(fuzz_seeds PRIVATE ../vectors)
target_compile_definitions(fuzz_seeds PRIVATE SRFLX_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(fuzz_dictionary PRIVATE srflx)
target_link_libraries(fuzz_seeds PRIVATE srflx)

set(dictionary ${CMAKE_CURRENT_BINARY_DIR}/stun.dict)
set(seeds ${CMAKE_CURRENT_BINARY_DIR}/seeds)
add_custom_command(OUTPUT ${dictionary} COMMAND fuzz_dictionary > ${dictionary})
add_custom_command(OUTPUT ${seeds}/made
    COMMAND ${CMAKE_COMMAND} -E make_directory ${seeds}
    COMMAND fuzz_seeds ${seeds}
    COMMAND ${CMAKE_COMMAND} -E touch ${seeds}/made
    DEPENDS ${PROJECT_SOURCE_DIR}/tests/vectors/INDEX)
add_custom_target(fuzz_targets DEPENDS ${dictionary} ${seeds}/made)

# srflx_fuzz_target(NAME sources...)
function(srflx_fuzz_target NAME)
    add_executable(fuzz_${NAME} ${ARGN})
    target_include_directories(fuzz_${NAME} PRIVATE ../include)
    target_link_libraries(fuzz_${NAME} PRIVATE srflx_base srflx_drive)
    target_link_options(fuzz_${NAME} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets fuzz_${NAME})
endfunction()

set(handle_helps credentials.c)
set(login_helps credentials.c)
foreach(name parse frame dissect handle login)
    srflx_fuzz_target(${name} ${name}.c mutator.c ${${name}_helps})
endforeach()
# Without the grammar, to measure: with -seed=1 -runs=3000000 -max_len=100 and the seeds it makes
# more than 500 000 executions in each second of CPU time.
srflx_fuzz_target(parse_plain parse.c)
# No message, so no grammar.
srflx_fuzz_target(prepare prepare.c)
# Coverage of the library leads the way, not that of the targets' own checks.
foreach(name parse frame dissect handle login parse_plain prepare)
    target_compile_options(fuzz_${name} PRIVATE -fno-sanitize=fuzzer-no-link)
endforeach()

# With a bug inside, which must be found.
foreach(name parse handle)
    srflx_fuzz_target(${name}_planted ${name}.c mutator.c ${${name}_helps})
    target_compile_definitions(fuzz_${name}_planted PRIVATE FUZZ_PLANTED)
endforeach()

# The configuration file of srflxd. libyaml reads it, into which MemorySanitizer cannot see. Seeds are the keys of the
# sample, switched on, and a file of everything YAML has.
if(SRFLX_SANITIZE MATCHES "address")
    add_executable(fuzz_config_dictionary config_dictionary.c)
    target_link_libraries(fuzz_config_dictionary PRIVATE srflxd_parts)
    set(dictionary ${CMAKE_CURRENT_BINARY_DIR}/config.dict)
    set(seeds ${CMAKE_CURRENT_BINARY_DIR}/config-seeds)
    set(sample ${PROJECT_SOURCE_DIR}/docs/srflxd.yaml)
    set(everything ${CMAKE_CURRENT_SOURCE_DIR}/config-seed.yaml)
    add_custom_command(OUTPUT ${dictionary} COMMAND fuzz_config_dictionary > ${dictionary})
    add_custom_command(OUTPUT ${seeds}/sample
        COMMAND ${CMAKE_COMMAND} -E make_directory ${seeds}
        COMMAND ${CMAKE_COMMAND} -E copy ${everything} ${seeds}/everything
        COMMAND sed -n "/^#[a-z]/s/^#//p" ${sample} > ${seeds}/sample
        DEPENDS ${sample} ${everything})
    srflx_fuzz_target(config config.c ${dictionary} ${seeds}/sample)
    target_link_libraries(fuzz_config PRIVATE srflxd_parts)
    target_compile_options(fuzz_config PRIVATE -fno-sanitize=fuzzer-no-link)
endif()
