# The compiler and its flags, on one INTERFACE target (stile_flags); nothing global but the build types.

# g++ 12 compiles coroutines wrongly without saying so (awaits in conditions, aggregate temporaries, captures by value in
# an await expression). docs/decisions/0001-compiler.md lists the patterns.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} silently miscompiles coroutines; Stile needs clang 19 (or g++ 14 and later). "
    "Use a preset: cmake --preset release")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

set(CMAKE_CXX_FLAGS_DEV "-O1 -g1" CACHE STRING "" FORCE)
set(CMAKE_C_FLAGS_DEV "-O1 -g1" CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1" CACHE STRING "" FORCE)

add_library(stile_flags INTERFACE)
target_compile_features(stile_flags INTERFACE cxx_std_23)
set_property(GLOBAL PROPERTY CXX_EXTENSIONS OFF)
target_include_directories(stile_flags INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)
target_compile_options(stile_flags INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Wextra-semi -fno-omit-frame-pointer
  $<$<BOOL:${STILE_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(stile_flags INTERFACE -fuse-ld=lld-19)
endif()
if(STILE_SANITIZE)
  # The library's own checks see what the address sanitizer cannot: an index behind size() but within capacity().
  target_compile_options(stile_flags INTERFACE -fsanitize=${STILE_SANITIZE} -fno-sanitize-recover=all)
  target_compile_definitions(stile_flags INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(stile_flags INTERFACE -fsanitize=${STILE_SANITIZE})
endif()
