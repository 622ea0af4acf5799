# Warnings are errors for our own code; headers of libraries are system headers.
add_library(fovea_warnings INTERFACE)
target_compile_options(fovea_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wconversion -Wno-sign-conversion
                                                -Wno-missing-field-initializers
                                                -Wno-restrict)  # false alarms of g++ 12 on std::string + (GCC bug 105329)
option(FOVEA_WARNINGS_AS_ERRORS "stop at warnings in Fovea's code" ON)
if(FOVEA_WARNINGS_AS_ERRORS)
  target_compile_options(fovea_warnings INTERFACE -Werror)
endif()
