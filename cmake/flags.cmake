# Language, warnings, hardening and sanitizers for every target of the tree.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes
                    -fno-common -fstack-protector-strong)
if(SRFLX_WERROR)
    add_compile_options(-Werror)
endif()
if(SRFLX_SANITIZE)
    add_compile_options(-fsanitize=${SRFLX_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${SRFLX_SANITIZE})
endif()
