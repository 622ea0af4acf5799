# What `make install` puts below PREFIX: the program, the C++ library with its CMake package, and the documents.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_MESSAGE LAZY)  # what is there already is not worth a line
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/fovea)
set(document_folder ${CMAKE_INSTALL_DATADIR}/doc/fovea)

# A wheel's LibTorch lies where no loader looks: its folder is remembered.
set_target_properties(fovea PROPERTIES INSTALL_RPATH_USE_LINK_PATH TRUE)
install(TARGETS fovea RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The library: every layer below the commands, but for the reference's command lines.
get_property(layers GLOBAL PROPERTY FOVEA_LAYERS)
list(REMOVE_ITEM layers cli compat)
foreach(layer IN LISTS layers)
  set_target_properties(fovea_${layer} PROPERTIES EXPORT_NAME ${layer})
  install(TARGETS fovea_${layer} EXPORT fovea ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY fovea/${layer} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fovea FILES_MATCHING PATTERN "*.h")
endforeach()
add_library(fovea_library INTERFACE)
set_target_properties(fovea_library PROPERTIES EXPORT_NAME fovea)
target_link_libraries(fovea_library INTERFACE fovea_apply)
install(TARGETS fovea_library EXPORT fovea)

install(EXPORT fovea NAMESPACE fovea:: FILE foveaTargets.cmake DESTINATION ${package_folder})
configure_file(cmake/foveaConfig.cmake.in ${CMAKE_BINARY_DIR}/foveaConfig.cmake @ONLY)
# 0.x: a new minor version may change anything.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/foveaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/foveaConfig.cmake ${CMAKE_BINARY_DIR}/foveaConfigVersion.cmake cmake/libraries.cmake cmake/torch.cmake
        DESTINATION ${package_folder})

install(FILES LICENSE README.md CHANGELOG.md CONTRIBUTING.md DESTINATION ${document_folder})
install(DIRECTORY docs examples DESTINATION ${document_folder})
