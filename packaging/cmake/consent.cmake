# What every target of the project shares: warnings, sanitizers, hardening, and the two
# functions with which folders declare themselves. One static library a folder.

option(CONSENT_WERROR "Treat warnings as errors" OFF)
option(CONSENT_HARDEN "Compile with hardening flags" OFF)
option(CONSENT_LTO "Link-time optimisation" OFF)
option(CONSENT_FUZZ "Build the fuzz targets (clang)" OFF)
option(CONSENT_COVERAGE "Instrument for coverage" OFF)
option(CONSENT_TESTS "Build the tests" ON)
option(CONSENT_BENCH "Build what tests/bench measures with, also where the tests are not built" OFF)
set(CONSENT_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")

add_library(consent_flags INTERFACE)
target_compile_features(consent_flags INTERFACE c_std_17)
target_include_directories(consent_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/client/include)
target_compile_definitions(consent_flags INTERFACE _GNU_SOURCE)
target_compile_options(consent_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wundef -Wvla -fno-common -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(CONSENT_WERROR)
  target_compile_options(consent_flags INTERFACE -Werror)
endif()
if(CONSENT_SANITIZE)
  target_compile_options(consent_flags INTERFACE -fsanitize=${CONSENT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  string(REPLACE "fuzzer-no-link," "" _link "${CONSENT_SANITIZE}")
  target_link_options(consent_flags INTERFACE -fsanitize=${_link})
endif()
if(CONSENT_HARDEN)
  target_compile_options(consent_flags INTERFACE -fstack-protector-strong -fstack-clash-protection -fcf-protection
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(consent_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
endif()
if(CONSENT_COVERAGE)
  target_compile_options(consent_flags INTERFACE --coverage)
  target_link_options(consent_flags INTERFACE --coverage)
endif()
if(CONSENT_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
# Asserts state what the program guarantees to itself; they stay on in a release.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")

# consent_library(name SOURCES a.c … LINKS lib …): a static library with the project's flags.
function(consent_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_link_libraries(${name} PUBLIC consent_flags ${ARG_LINKS})
endfunction()

# consent_test(name SOURCES a.c … LINKS lib …): a Criterion program, one ctest entry.
function(consent_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} consent_flags PkgConfig::criterion)
  add_test(NAME ${name} COMMAND ${name} --jobs 2 --timeout 120)
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "unit;${ARG_LABELS}")
endfunction()
