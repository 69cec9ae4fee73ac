# waggle_module(name SOURCES … USES …): static library waggle_<name>, alias waggle::<name>; include/ is PUBLIC, the
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

function(waggle_module name)
  cmake_parse_arguments(M "" "" "SOURCES;USES" ${ARGN})
  add_library(waggle_${name} STATIC ${M_SOURCES})
  add_library(waggle::${name} ALIAS waggle_${name})
  target_include_directories(waggle_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_include_directories(waggle_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  endif()
  target_link_libraries(waggle_${name} PUBLIC ${M_USES} PRIVATE waggle_flags)
endfunction()
