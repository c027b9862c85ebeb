# What applications get: libconsent, shared and static, its header, and how it is found.
#
# Both are made of the objects of `client` and of `proto`; beside them an application needs libsodium,
# which digests subjects. Only the names of libconsent.map can be seen: in the archive, because its
# objects are joined into one whose hidden names are made local, so that they meet no application's.

set(consent_objects
  $<TARGET_OBJECTS:client>
  $<TARGET_OBJECTS:proto>)

add_library(consent_shared SHARED ${consent_objects})
add_library(consent::consent ALIAS consent_shared)
target_link_libraries(consent_shared PRIVATE consent_flags PkgConfig::sodium)
target_link_options(consent_shared PRIVATE
  -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/libconsent.map)
if(NOT CONSENT_SANITIZE)
  target_link_options(consent_shared PRIVATE -Wl,-z,defs)
endif()
set_target_properties(consent_shared PROPERTIES
  OUTPUT_NAME consent
  EXPORT_NAME consent
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}
  LINKER_LANGUAGE C
  LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/libconsent.map)

# Without intermediate code for the optimiser: an archive outlives the compiler that made it.
if(CONSENT_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  set(joined_flags -O2 -flto -flinker-output=nolto-rel)
endif()
set(joined ${CMAKE_CURRENT_BINARY_DIR}/consent_joined.o)
add_custom_command(OUTPUT ${joined}
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib ${joined_flags} -o ${joined} ${consent_objects}
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${joined}
  DEPENDS ${consent_objects}
  COMMENT "Joining the objects of libconsent.a"
  COMMAND_EXPAND_LISTS VERBATIM)
add_library(consent_static STATIC ${joined})
add_library(consent::consent_static ALIAS consent_static)
target_link_libraries(consent_static INTERFACE sodium)
set_target_properties(consent_static PROPERTIES OUTPUT_NAME consent LINKER_LANGUAGE C)

foreach(target consent_shared consent_static)
  target_include_directories(${target} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/client/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/consent)
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH CONSENT_PC_PREFIX /p/${pc_dir} /p)
configure_file(consent.pc.in ${CMAKE_CURRENT_BINARY_DIR}/consent.pc @ONLY)
include(CMakePackageConfigHelpers)
configure_package_config_file(consentConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/consentConfig.cmake INSTALL_DESTINATION ${cmake_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/consentConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)

install(TARGETS consent_shared EXPORT consent
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libconsent
  NAMELINK_COMPONENT libconsent-dev)
install(TARGETS consent_static EXPORT consent
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libconsent-dev)
install(FILES ${PROJECT_SOURCE_DIR}/client/include/consent.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT libconsent-dev)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/consent.pc DESTINATION ${pc_dir}
  COMPONENT libconsent-dev)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/consentConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/consentConfigVersion.cmake
  DESTINATION ${cmake_dir} COMPONENT libconsent-dev)
install(EXPORT consent NAMESPACE consent:: FILE consentTargets.cmake
  DESTINATION ${cmake_dir} COMPONENT libconsent-dev)
