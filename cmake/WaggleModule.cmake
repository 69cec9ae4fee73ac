# waggle_module(name SOURCES … USES … [APART]): static library waggle_<name>, alias waggle::<name>; include/ is PUBLIC, the
# module's own directory is PRIVATE, so that one module cannot include another's internals.
include_guard(GLOBAL)

add_library(waggle_flags INTERFACE)
target_compile_features(waggle_flags INTERFACE cxx_std_20)
target_compile_options(waggle_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Woverloaded-virtual)
if(WAGGLE_WERROR)
  target_compile_options(waggle_flags INTERFACE -Werror)
endif()
if(WAGGLE_SANITIZE)
  target_compile_options(waggle_flags INTERFACE -fsanitize=${WAGGLE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(waggle_flags INTERFACE -fsanitize=${WAGGLE_SANITIZE})
  if(WAGGLE_SANITIZE MATCHES "undefined")
    target_compile_options(waggle_flags INTERFACE -fno-sanitize-recover=undefined)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      target_compile_options(waggle_flags INTERFACE -fno-sanitize=function)  # clang 14: no coroutine assembles with it
    endif()
  endif()
  if(WAGGLE_SANITIZE MATCHES "thread")
    target_compile_definitions(waggle_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)  # else -Wtsan fails
  endif()
endif()
if(WAGGLE_FUZZ)
  target_compile_options(waggle_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Most of the time that a file took went into reading the same headers again: those of the standard library and Boost's result
# are read once for all modules and once, with Catch2, for all tests. Only what never changes belongs here, and every file still includes what it uses.
set(WAGGLE_OFTEN_INCLUDED <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <cstring> <deque> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> <boost/system/result.hpp>)
# waggle_precompile(target name HEADER…): the first target that asks under this name makes them, the others use what it made.
function(waggle_precompile target name)
  get_property(maker GLOBAL PROPERTY waggle_precompiled_${name})
  if(maker)
    target_precompile_headers(${target} REUSE_FROM ${maker})
  else()
    set_property(GLOBAL PROPERTY waggle_precompiled_${name} ${target})
    target_precompile_headers(${target} PRIVATE ${WAGGLE_OFTEN_INCLUDED} ${ARGN})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # ccache needs it
    # What g++ 12 says wrongly of std::string (GCC PR 105651, 105329) is hushed in system headers, but not in precompiled ones.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()

# A module's files are compiled six at a time (docs/decisions/0004): what they share is read and instantiated once. Only where
# somebody waits for the full build; release compiles file by file, so that each includes what it uses.
option(WAGGLE_UNITY "Compile several files of a module at once" OFF)
function(waggle_unite target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${WAGGLE_UNITY} UNITY_BUILD_BATCH_SIZE 6)
  if(WAGGLE_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A file's own types in its own coroutines' frames: g++ only lets them pass in what it takes for the main file.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(waggle_module name)
  cmake_parse_arguments(M "APART" "" "SOURCES;USES" ${ARGN})
  add_library(waggle_${name} STATIC ${M_SOURCES})
  add_library(waggle::${name} ALIAS waggle_${name})
  target_include_directories(waggle_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_include_directories(waggle_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  endif()
  target_link_libraries(waggle_${name} PUBLIC ${M_USES} PRIVATE waggle_flags)
  waggle_precompile(waggle_${name} modules)
  if(NOT M_APART)
    waggle_unite(waggle_${name})
  endif()
endfunction()
