# srflx_layer(NAME LINKS layer... SOURCES file... [OUTSIDE target...] [STANDARD 99|11])
#
# One layer of libsrflx: a static archive whose include roots are its own and those of the layers it
# links, so that an upward include does not compile. `include/` is public, `internal/` is shared
# between layers only; a layer may be without either. The files also become part of libsrflx
# (lib/CMakeLists.txt).
function(srflx_layer NAME)
    cmake_parse_arguments(LAYER "" "STANDARD" "LINKS;SOURCES;OUTSIDE" ${ARGN})
    set(target srflx_${NAME})

    add_library(${target} STATIC ${LAYER_SOURCES})
    target_include_directories(${target} PUBLIC include internal)
    list(TRANSFORM LAYER_LINKS PREPEND srflx_)
    target_link_libraries(${target} PUBLIC ${LAYER_LINKS} PRIVATE ${LAYER_OUTSIDE})
    if(LAYER_STANDARD)
        set_target_properties(${target} PROPERTIES C_STANDARD ${LAYER_STANDARD})
    endif()

    # What stands above the library sees the public headers only.
    foreach(library srflx srflx_shared)
        target_include_directories(${library} PUBLIC
            $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
        target_sources(${library} PRIVATE $<TARGET_OBJECTS:${target}>)
        target_link_libraries(${library} PRIVATE ${LAYER_OUTSIDE})
    endforeach()
    if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include)
        install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    endif()
endfunction()
