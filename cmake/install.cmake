# What `cmake --install` puts where, in the folders of GNUInstallDirs. Each library installs its own
# headers, each program itself; the rest is here.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(SRFLX_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/exports.map)
set(SRFLX_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/srflx)

# srflx_install_library(TARGET NAME)
#
# Installs libNAME of an archive and the shared library TARGET_shared, which has the same objects.
# The programs of this tree link the archive, so they run from the build folder and need nothing of
# ours when installed. Programs outside link srflx::NAME, or with the component `static`
# srflx::NAME-static.
function(srflx_install_library TARGET NAME)
    set_target_properties(${TARGET} PROPERTIES OUTPUT_NAME ${NAME} EXPORT_NAME ${NAME}-static)
    set_target_properties(${TARGET}_shared PROPERTIES
        OUTPUT_NAME ${NAME}
        EXPORT_NAME ${NAME}
        VERSION ${PROJECT_VERSION}
        SOVERSION ${PROJECT_VERSION_MAJOR}
        LINK_DEPENDS ${SRFLX_EXPORTS})
    target_link_options(${TARGET}_shared PRIVATE LINKER:--version-script=${SRFLX_EXPORTS})
    install(TARGETS ${TARGET}_shared EXPORT srflxShared
            INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(TARGETS ${TARGET} EXPORT srflxStatic
            INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()

foreach(set Shared Static)
    install(EXPORT srflx${set} NAMESPACE srflx:: DESTINATION ${SRFLX_PACKAGE_DIR})
endforeach()
configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/srflxConfig.cmake.in srflxConfig.cmake
    INSTALL_DESTINATION ${SRFLX_PACKAGE_DIR})
# Before 1.0 a new minor version may break.
write_basic_package_version_file(srflxConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/srflxConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/srflxConfigVersion.cmake
        DESTINATION ${SRFLX_PACKAGE_DIR})

# Relative to where the files lie, so that the whole installation may be moved.
file(RELATIVE_PATH SRFLX_HEADERS_FROM_PC
     ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
list(JOIN SRFLX_MODULES " " SRFLX_PC_MODULES)
list(JOIN SRFLX_IO_MODULES " " SRFLX_IO_PC_MODULES)
list(TRANSFORM SRFLX_LIBRARIES PREPEND -l OUTPUT_VARIABLE SRFLX_PC_LIBRARIES)
list(JOIN SRFLX_PC_LIBRARIES " " SRFLX_PC_LIBRARIES)
foreach(name srflx srflx-io)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in ${name}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

install(FILES ${CMAKE_CURRENT_LIST_DIR}/../LICENSE
              ${CMAKE_CURRENT_LIST_DIR}/../docs/srflx-decode.schema.json
              ${CMAKE_CURRENT_LIST_DIR}/../docs/srflxd.yaml
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
