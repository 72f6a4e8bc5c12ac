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
configure_file(proxy.dict proxy.dict COPYONLY)
srflx_fuzz_target(proxy proxy.c)
# A stream of messages: the grammar is that of one, and of what libFuzzer makes of several. MemorySanitizer
# does not see what OpenSSL writes, so that TLS is for the others.
srflx_fuzz_target(stream stream.c)
if(SRFLX_SANITIZE MATCHES "address")
    target_compile_definitions(fuzz_stream PRIVATE FUZZ_TLS)
    target_link_libraries(fuzz_stream PRIVATE srflx_secure_for_tests)
endif()
srflx_fuzz_target(locate locate.c)
srflx_fuzz_target(uri uri.c)
# Their seeds are URIs, behind the byte that chooses; the dictionary has their parts and those of names
# in the DNS.
set(number 0)
foreach(seed 0stun:example.org 0stuns:example.org:8000 0stun:[2001:db8::1]:3478 0STUN:192.0.2.1
        1b%2ea.example. 1fe80::1%2 1xn--bcher-kva.example:1)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/uri-seeds/${number} "${seed}")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/uri.dict
    "\"stun:\"\n\"stuns:\"\n\"[\"\n\"]:\"\n\"::\"\n\"%2e\"\n\"192.0.2.1\"\n\"\\xc0\\x0c\"\n"
    "\"\\x00\\x01\\x00\\x01\"\n\"\\x00\\x1c\\x00\\x01\"\n\"\\x00\\x21\\x00\\x01\"\n"
    "\"\\x00\\x05\\x00\\x01\"\n\"\\x00\\x06\\x00\\x01\"\n")
# Coverage of the library leads the way, not that of the targets' own checks.
foreach(name parse frame dissect handle login parse_plain prepare uri locate proxy stream)
    target_compile_options(fuzz_${name} PRIVATE -fno-sanitize=fuzzer-no-link)
endforeach()

# With a bug inside, which must be found.
foreach(name parse handle)
    srflx_fuzz_target(${name}_planted ${name}.c mutator.c ${${name}_helps})
    target_compile_definitions(fuzz_${name}_planted PRIVATE FUZZ_PLANTED)
endforeach()

# TLS and DTLS. OpenSSL does it, into which MemorySanitizer cannot see. Seeds are our own clients' first flights.
if(SRFLX_SANITIZE MATCHES "address")
    set(secure ${PROJECT_SOURCE_DIR}/io/secure)
    set(secure_helps secure_server.c ${secure}/identity_for_tests.c)
    set_source_files_properties(${secure}/identity_for_tests.c PROPERTIES
        COMPILE_DEFINITIONS _POSIX_C_SOURCE=200809L)
    add_executable(fuzz_secure_seeds secure_seeds.c ${secure_helps})
    target_link_libraries(fuzz_secure_seeds PRIVATE srflx_base srflx_io PkgConfig::OPENSSL)
    target_include_directories(fuzz_secure_seeds PRIVATE ${secure})
    set(tls ${CMAKE_CURRENT_BINARY_DIR}/secure-seeds)
    set(dtls ${CMAKE_CURRENT_BINARY_DIR}/listen-seeds)
    add_custom_command(OUTPUT ${tls}/hello ${dtls}/hello
        COMMAND ${CMAKE_COMMAND} -E make_directory ${tls} ${dtls}
        COMMAND fuzz_secure_seeds ${tls}/hello ${dtls}/hello)
    foreach(name secure listen)
        srflx_fuzz_target(${name} ${name}.c ${secure_helps} ${tls}/hello ${dtls}/hello)
        target_link_libraries(fuzz_${name} PRIVATE PkgConfig::OPENSSL)
        target_include_directories(fuzz_${name} PRIVATE ${secure})
        target_compile_options(fuzz_${name} PRIVATE -fno-sanitize=fuzzer-no-link)
    endforeach()
endif()

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
