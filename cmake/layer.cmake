# stile_layer(NAME LINK …): the library of src/NAME from all its .cc files, and its unit tests from all its *_test.cc files.
# Globbing makes "a test on disk that is not registered" impossible.
include(GoogleTest)

# stile_discover_tests(TARGET TIER): registers the cases of a GoogleTest executable. A suite's name may say another tier:
# …Contract… one suite over all implementations of an interface, …Fault… the N-th call fails, …Crash… unsynced writes are lost.
function(stile_discover_tests target tier)
  set(contract "*Contract*.*")
  set(fault "*Fault*.*-*Contract*.*")
  set(crash "*Crash*.*-*Contract*.*:*Fault*.*")
  foreach(named contract fault crash)
    gtest_discover_tests(${target} TEST_FILTER "${${named}}" PROPERTIES LABELS ${named} DISCOVERY_MODE PRE_TEST
                         DISCOVERY_TIMEOUT 60)
  endforeach()
  gtest_discover_tests(${target} TEST_FILTER "-*Contract*.*:*Fault*.*:*Crash*.*" PROPERTIES LABELS ${tier}
                       DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)
endfunction()

function(stile_layer name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  set(dir ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(stile_${name} STATIC ${sources})
    target_link_libraries(stile_${name} PUBLIC stile_flags ${ARG_LINK})
  else()
    add_library(stile_${name} INTERFACE)
    target_link_libraries(stile_${name} INTERFACE stile_flags ${ARG_LINK})
  endif()
  if(STILE_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE stile_${name} GTest::gmock GTest::gtest_main)
    stile_discover_tests(${name}_test unit)
  endif()
endfunction()
