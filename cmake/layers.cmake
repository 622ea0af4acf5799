# One static library per layer: fovea_layer(io DEPENDS base PRIVATE protozero SOURCES crc32c.cpp ...).
# tools/check_layers.py reads the same calls, so the layer table is written once.
function(fovea_layer name)
  cmake_parse_arguments(LAYER "" "" "DEPENDS;PUBLIC;PRIVATE;SOURCES" ${ARGN})
  add_library(fovea_${name} STATIC ${LAYER_SOURCES})
  set_property(GLOBAL APPEND PROPERTY FOVEA_LAYERS ${name})
  target_compile_features(fovea_${name} PUBLIC cxx_std_20)
  target_include_directories(fovea_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  foreach(lower IN LISTS LAYER_DEPENDS)
    target_link_libraries(fovea_${name} PUBLIC fovea_${lower})
  endforeach()
  target_link_libraries(fovea_${name} PUBLIC $<BUILD_INTERFACE:fovea_flags> ${LAYER_PUBLIC}
                        PRIVATE $<BUILD_INTERFACE:fovea_warnings> ${LAYER_PRIVATE})
  if(name STREQUAL tensor OR tensor IN_LIST LAYER_DEPENDS)
    fovea_share_torch_header(fovea_${name})
  endif()
endfunction()

# LibTorch's types take seconds to parse: they are parsed once, for tensor, and every target that sees them starts from there.
function(fovea_share_torch_header target)
  if(target STREQUAL fovea_tensor)
    target_precompile_headers(fovea_tensor PRIVATE <torch/types.h> <fmt/format.h>)
  else()
    target_precompile_headers(${target} REUSE_FROM fovea_tensor)
  endif()
endfunction()

# One test program per layer, linking that layer and nothing above: fovea_test(io SOURCES crc32c_test.cpp ...).
# SLOW: a pattern of GoogleTest; the tests that it fits get the label slow.
function(fovea_test layer)
  cmake_parse_arguments(TEST "" "SLOW" "LINK;SOURCES" ${ARGN})
  set(target test_${layer})
  add_executable(${target} ${TEST_SOURCES})
  target_link_libraries(${target} PRIVATE fovea_${layer} ${TEST_LINK} fovea_warnings GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${target} PRIVATE FOVEA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(TEST_SLOW)
    gtest_discover_tests(${target} TEST_PREFIX "${layer}." TEST_FILTER "-${TEST_SLOW}" TEST_LIST ${target}_fast DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
    gtest_discover_tests(${target} TEST_PREFIX "${layer}." TEST_FILTER "${TEST_SLOW}" TEST_LIST ${target}_slow DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS slow)
  else()
    gtest_discover_tests(${target} TEST_PREFIX "${layer}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()
